// Winograd convolution: the forward pass and the gradient of the data, which is the forward pass of
// the output's gradient with transposed, flipped weights. For a group of images: their tiles are
// transformed, then each panel of output channels is multiplied and transformed back on one thread.
#include "framework/cpu/winograd.hpp"

#include "framework/cpu/loops.hpp"
#include "framework/cpu/winograd_tiles.hpp"
#include "framework/ops/formulas.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Output channels of a panel, the two vectors that the innermost loop multiplies.
constexpr std::int64_t kPanel = kTileColumns;
// Floats of transformed tiles that a group of images should have: they stay in the last cache.
constexpr std::int64_t kGroupFloats = std::int64_t{1} << 21;
// Tiles that one task multiplies: their products stay in the second-level cache.
constexpr std::int64_t kTilesPerTask = 64;
constexpr std::int64_t kTransformWork = 8;

// to [rows][kPanel] = Σ over all channels of v[row][channel] · u[channel][kPanel], both in blocks
// of channels; the last block has `last` of them.
void multiply_rows(std::int64_t rows, std::int64_t blocks, std::int64_t last, const float* v,
                   std::int64_t v_block, const float* u, std::int64_t u_block, float* to) {
  with_rows(rows, [=]<int Rows>() {
    TileSums<Rows> sums;
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t channels = block + 1 == blocks ? last : kLanes;
      const float* const rows_of_block = v + block * v_block;
      const float* const weights = u + block * u_block;
      for (std::int64_t c = 0; c < channels; ++c) {
        sums.add(rows_of_block + c, kLanes, weights + c * kPanel);
      }
    }
    sums.store_to(to);
  });
}

// G g Gᵀ of the weights from all input channels to the panel's output channels:
// [block][element][kLanes input channels][kPanel].
template <int M>
void transform_weights(const WinogradShape& s, std::int64_t panel, const float* weight,
                       bool transposed, float* to) {
  constexpr int kEdge = M + 2;
  constexpr int kElements = kEdge * kEdge;
  for (std::int64_t half = 0; half < kPanel; half += kLanes) {
    const std::int64_t first = panel * kPanel + half;
    const std::int64_t outputs = smaller(kLanes, larger(0, s.out - first));
    Vec kernel[9];
    const auto transform = [&](std::int64_t channel) {
      float* const at =
          to + ((channel / kLanes * kElements) * kLanes + channel % kLanes) * kPanel + half;
      transform_tile<3, kEdge>(
          &WinogradMatrices<M>::weight, [&](int i, int j) { return kernel[i * 3 + j]; },
          [&](int i, int j, Vec u) { store(at + (i * kEdge + j) * kLanes * kPanel, u); });
    };
    if (transposed) {
      for (std::int64_t channel = 0; channel < s.in; ++channel) {
        for_each_column(outputs, 9, weight + (channel * s.out + first) * 9, 9,
                        [&](std::int64_t k, Vec taps) { kernel[8 - k] = taps; });
        transform(channel);
      }
    } else {
      for_each_column(outputs, s.in * 9, weight + first * s.in * 9, s.in * 9,
                      [&](std::int64_t column, Vec taps) {
                        kernel[column % 9] = taps;
                        if (column % 9 == 8) transform(column / 9);
                      });
    }
  }
}

// y of some images and a panel of output channels from the products of their tiles. finish(image,
// channel, position, count, values of each product) gets up to kLanes neighbouring outputs.
template <int M, int Products, class Finish>
void transform_output(const WinogradShape& s, const ImageRange& images, std::int64_t panel,
                      const TileLayout<kPanel>& layout, const float* const (&products)[Products],
                      Finish finish) {
  constexpr int kEdge = M + 2;
  const std::int64_t down = s.tiles_down(M);
  const std::int64_t across = s.tiles_across(M);
  const std::int64_t columns = across * M;
  const std::int64_t plane = down * M * columns * kLanes;
  const Scratch scratch(Products * plane);
  float* const staged = scratch.data();
  for (std::int64_t image = images.begin; image < images.end; ++image) {
    for (std::int64_t half = 0; half < kPanel; half += kLanes) {
      const std::int64_t channel = panel * kPanel + half;
      if (channel >= s.out) break;
      for (int product = 0; product < Products; ++product) {
        for (std::int64_t tile = 0; tile < down * across; ++tile) {
          const float* const from = products[product] +
                                    layout.at(0, 0, (image - images.begin) * down * across + tile) +
                                    half;
          float* const to =
              staged + product * plane + (tile / across * M * columns + tile % across * M) * kLanes;
          transform_tile<kEdge, M>(
              &WinogradMatrices<M>::output,
              [&](int i, int j) { return load(from + (i * kEdge + j) * layout.element_stride()); },
              [&](int i, int j, Vec y) { store(to + (i * columns + j) * kLanes, y); });
        }
      }
      const std::int64_t channels = smaller(kLanes, s.out - channel);
      for (std::int64_t first = 0; first < s.out_plane(); first += kLanes) {
        const std::int64_t count = smaller(kLanes, s.out_plane() - first);
        Vec square[Products][kLanes];
        for (int product = 0; product < Products; ++product) {
          std::int64_t row = first / s.out_width;
          std::int64_t column = first % s.out_width;
          for (std::int64_t p = 0; p < kLanes; ++p) {
            square[product][p] =
                p < count ? load(staged + product * plane + (row * columns + column) * kLanes)
                          : Vec(0);
            if (++column == s.out_width) {
              column = 0;
              ++row;
            }
          }
          transpose_square(square[product]);
        }
        for (std::int64_t c = 0; c < channels; ++c) {
          Vec values[Products];
          for (int product = 0; product < Products; ++product) {
            values[product] = square[product][c];
          }
          finish(image, channel + c, first, count, values);
        }
      }
    }
  }
}

// Convolves with Products sets of weights; with `squared` the second meets the squares of x[0].
template <int M, int Products, class Finish>
void convolve(const WinogradShape& s, const float* const (&x)[Products], bool squared,
              const float* const (&weight)[Products], bool transposed, Finish finish) {
  constexpr int kElements = (M + 2) * (M + 2);
  const std::int64_t tiles = s.tiles(M);
  const std::int64_t in_blocks = blocks_of(s.in, kLanes);
  const std::int64_t panels = blocks_of(s.out, kPanel);
  const std::int64_t u_block = kElements * kLanes * kPanel;
  const std::int64_t u_panel = Products * in_blocks * u_block;
  const ImageGroups groups(s.batch, kElements * in_blocks * kLanes * tiles, kGroupFloats);
  const std::int64_t images_per_task = larger(1, kTilesPerTask / tiles);
  const std::int64_t tasks_per_panel = (groups.images + images_per_task - 1) / images_per_task;
  // Weights that serve one task alone are transformed by it and never leave its cache.
  const bool shared = groups.count * tasks_per_panel > 1;
  const auto transform_panel = [&](std::int64_t panel, float* to) {
    for (int product = 0; product < Products; ++product) {
      transform_weights<M>(s, panel, weight[product], transposed,
                           to + product * in_blocks * u_block);
    }
  };
  const Scratch all_weights(shared ? panels * u_panel : 1);
  if (shared) {
    parallel_for(panels, 1, [&](std::int64_t panel, std::int64_t) {
      transform_panel(panel, all_weights.data() + panel * u_panel);
    });
  }
  const TileLayout<kLanes> input{in_blocks, groups.images * tiles};
  const Scratch inputs(Products * input.numel(kElements));
  float* v[Products];
  for (int product = 0; product < Products; ++product) {
    v[product] = inputs.data() + product * input.numel(kElements);
  }
  for (std::int64_t group = 0; group < groups.count; ++group) {
    const ImageRange images = groups.range(group, s.batch);
    transform_input<M, Products>(s, images, x, squared, input, v);
    parallel_for(panels * tasks_per_panel, 1, [&](std::int64_t task, std::int64_t) {
      const std::int64_t panel = task / tasks_per_panel;
      const std::int64_t begin = images.begin + task % tasks_per_panel * images_per_task;
      const ImageRange part{begin, smaller(begin + images_per_task, images.end)};
      if (part.count() <= 0) return;
      const Scratch own_weights(shared ? 1 : u_panel);
      if (!shared) transform_panel(panel, own_weights.data());
      const float* const u = shared ? all_weights.data() + panel * u_panel : own_weights.data();
      const TileLayout<kPanel> output{1, part.count() * tiles};
      const Scratch sums(Products * output.numel(kElements));
      const float* products[Products];
      const std::int64_t first = (part.begin - images.begin) * tiles;
      for (int product = 0; product < Products; ++product) {
        float* const m = sums.data() + product * output.numel(kElements);
        products[product] = m;
        for (std::int64_t e = 0; e < kElements; ++e) {
          for (std::int64_t t = 0; t < output.tiles; t += kTileRows) {
            multiply_rows(smaller(kTileRows, output.tiles - t), in_blocks,
                          s.in - (in_blocks - 1) * kLanes, v[product] + input.at(e, 0, first + t),
                          input.block_stride(),
                          u + product * in_blocks * u_block + e * kLanes * kPanel, u_block,
                          m + output.at(e, 0, t));
          }
        }
      }
      transform_output<M, Products>(s, part, panel, output, products, finish);
    });
  }
}

float* element(const WinogradShape& s, float* y, std::int64_t image, std::int64_t channel,
               std::int64_t position) {
  return y + (image * s.out + channel) * s.out_plane() + position;
}

}  // namespace

WinogradShape winograd_shape(const ConvolutionShape& s, bool backward_data) {
  if (backward_data) {
    return {s.batch,    s.out_channels, s.in_channels,    s.output[1],     s.output[2],
            s.input[1], s.input[2],     2 - s.padding[1], 2 - s.padding[2]};
  }
  return {s.batch,     s.in_channels, s.out_channels, s.input[1],  s.input[2],
          s.output[1], s.output[2],   s.padding[1],   s.padding[2]};
}

int winograd_tile(const ConvolutionShape& s, bool backward_data) {
  const bool fits = s.groups == 1 && s.input[0] == 1 && s.kernel == Extents3{1, 3, 3} &&
                    s.padding[0] == 0 && s.stride == Extents3{1, 1, 1} &&
                    s.dilation == Extents3{1, 1, 1} && s.padding[1] <= 2 && s.padding[2] <= 2;
  if (!fits || smaller(s.in_channels, s.out_channels) < 16) return 0;
  const WinogradShape w = winograd_shape(s, backward_data);
  std::int64_t least = s.batch * 9 * w.out_plane() * w.in * w.out;
  int chosen = 0;
  for (const int m : {4, 2}) {
    const std::int64_t tiles = s.batch * w.tiles(m);
    const std::int64_t work =
        (m + 2) * (m + 2) *
        (tiles * w.in * w.out + kTransformWork * (tiles * (w.in + w.out) + w.in * w.out));
    if (work < least) {
      least = work;
      chosen = m;
    }
  }
  return chosen;
}

void winograd_forward(const ConvolutionShape& shape, int tile, const float* x, const float* weight,
                      const float* bias, float* y) {
  const WinogradShape s = winograd_shape(shape, false);
  with_tile(tile, [&]<int M>() {
    convolve<M, 1>(s, {x}, false, {weight}, false,
                   [&](std::int64_t image, std::int64_t channel, std::int64_t position,
                       std::int64_t count, const Vec(&values)[1]) {
                     const Vec offset(bias == nullptr ? 0.0F : bias[channel]);
                     store_some(element(s, y, image, channel, position), values[0] + offset, count);
                   });
  });
}

void winograd_backward_data(const ConvolutionShape& shape, int tile, const float* grad_y,
                            const float* weight, float* grad_x) {
  const WinogradShape s = winograd_shape(shape, true);
  with_tile(tile, [&]<int M>() {
    convolve<M, 1>(s, {grad_y}, false, {weight}, true,
                   [&](std::int64_t image, std::int64_t channel, std::int64_t position,
                       std::int64_t count, const Vec(&values)[1]) {
                     store_some(element(s, grad_x, image, channel, position), values[0], count);
                   });
  });
}

void winograd_moments_forward(const ConvolutionShape& shape, int tile, const float* x,
                              const float* weight_mean, const float* weight_variance,
                              const float* bias, float* mean, float* variance) {
  const WinogradShape s = winograd_shape(shape, false);
  with_tile(tile, [&]<int M>() {
    convolve<M, 2>(s, {x, x}, true, {weight_mean, weight_variance}, false,
                   [&](std::int64_t image, std::int64_t channel, std::int64_t position,
                       std::int64_t count, const Vec(&values)[2]) {
                     const Vec offset(bias == nullptr ? 0.0F : bias[channel]);
                     const Vec zero(0);
                     store_some(element(s, mean, image, channel, position), values[0] + offset,
                                count);
                     store_some(element(s, variance, image, channel, position),
                                where(values[1] < zero, zero, values[1]), count);
                   });
  });
}

void winograd_moments_backward_data(const ConvolutionShape& shape, int tile, const float* x,
                                    const float* weight_mean, const float* weight_variance,
                                    const float* grad_mean, const float* grad_variance,
                                    float* grad_x) {
  const WinogradShape s = winograd_shape(shape, true);
  with_tile(tile, [&]<int M>() {
    convolve<M, 2>(s, {grad_mean, grad_variance}, false, {weight_mean, weight_variance}, true,
                   [&](std::int64_t image, std::int64_t channel, std::int64_t position,
                       std::int64_t count, const Vec(&values)[2]) {
                     float* const to = element(s, grad_x, image, channel, position);
                     store_some(to,
                                formulas::MomentsGradient{}(values[0], values[1],
                                                            load_some(x + (to - grad_x), count)),
                                count);
                   });
  });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

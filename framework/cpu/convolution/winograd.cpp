// Winograd convolution (winograd.hpp): the forward pass and the gradient of the data, which is the
// forward pass of the output's gradient with transposed, flipped weights. The images are taken in
// groups. The tiles of a group are transformed first. Then each panel of output channels is
// multiplied and transformed back by one thread.
#include "framework/cpu/convolution/winograd.hpp"

#include "framework/cpu/convolution/winograd_tiles.hpp"
#include "framework/cpu/epilogue.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Output channels of a panel: the two vectors that the innermost loop multiplies.
constexpr std::int64_t kPanel = kTileColumns;
// Floats of transformed tiles in a group of images. They stay in the last-level cache.
constexpr std::int64_t kGroupFloats = std::int64_t{1} << 21;
// Tiles that one task multiplies. Their products stay in the second-level cache.
constexpr std::int64_t kTilesPerTask = 64;
// Blocks of channels whose weights are multiplied with all tiles of a task before the next blocks
// are. With vectors of 32 bytes and less these weights stay in the first-level cache. The sums of
// the passes are added one after the other.
constexpr std::int64_t kBlocksPerPass = kVectorBytes == 64 ? 32 : 16;

// to [rows][kPanel] = Σ over `channels` channels of v[row][channel] · u[channel][kPanel]. v and u
// stand in blocks of kLanes channels. With `accumulate` the sums are added to `to`.
void multiply_rows(std::int64_t rows, std::int64_t channels, const float* v, std::int64_t v_block,
                   const float* u, std::int64_t u_block, bool accumulate, float* to) {
  with_rows(rows, [=]<int Rows>() {
    TileSums<Rows> sums;
    for (std::int64_t block = 0; block * kLanes < channels; ++block) {
      const std::int64_t count = smaller(kLanes, channels - block * kLanes);
      const float* const rows_of_block = v + block * v_block;
      const float* const weights = u + block * u_block;
      for (std::int64_t c = 0; c < count; ++c) {
        sums.add(rows_of_block + c, kLanes, weights + c * kPanel);
      }
    }
    if (accumulate) sums.add_from(to);
    sums.store_to(to);
  });
}

// Stores G g Gᵀ of the weights from all input channels to the output channels of a panel:
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

// Computes y = Aᵀ (product) A of some images and a panel of output channels. finish(image, channel,
// position, count, values) gets up to kLanes neighbouring outputs.
template <int M, class Finish>
void transform_output(const WinogradShape& s, const ImageRange& images, std::int64_t panel,
                      const TileLayout<kPanel>& layout, const float* products, Finish finish) {
  constexpr int kEdge = M + 2;
  const std::int64_t down = s.tiles_down(M);
  const std::int64_t across = s.tiles_across(M);
  const std::int64_t columns = across * M;
  const Scratch scratch(down * M * columns * kLanes);
  float* const staged = scratch.data();
  for (std::int64_t image = images.begin; image < images.end; ++image) {
    for (std::int64_t half = 0; half < kPanel; half += kLanes) {
      const std::int64_t channel = panel * kPanel + half;
      if (channel >= s.out) break;
      for (std::int64_t tile = 0; tile < down * across; ++tile) {
        const float* const from =
            products + layout.at(0, 0, (image - images.begin) * down * across + tile) + half;
        float* const to = staged + (tile / across * M * columns + tile % across * M) * kLanes;
        transform_tile<kEdge, M>(
            &WinogradMatrices<M>::output,
            [&](int i, int j) { return load(from + (i * kEdge + j) * layout.element_stride()); },
            [&](int i, int j, Vec y) { store(to + (i * columns + j) * kLanes, y); });
      }
      PixelWalk from(staged, s.out_width, columns * kLanes);
      for_each_row_part(
          smaller(kLanes, s.out - channel), s.out_plane(),
          [&](std::int64_t) { return load(from.next()); },
          [&](std::int64_t c, std::int64_t first, std::int64_t count, Vec values) {
            finish(image, channel + c, first, count, values);
          });
    }
  }
}

// Convolves x, or the squares of its pixels. Returns false and leaves the result unfinished where
// one of these numbers is above kLargestPixel or not finite.
template <int M, class Finish>
bool convolve(const WinogradShape& s, const float* x, bool squared, const float* weight,
              bool transposed, Finish finish) {
  constexpr int kElements = (M + 2) * (M + 2);
  const std::int64_t tiles = s.tiles(M);
  const std::int64_t in_blocks = divide_up(s.in, kLanes);
  const std::int64_t panels = divide_up(s.out, kPanel);
  const std::int64_t u_block = kElements * kLanes * kPanel;
  const std::int64_t u_panel = in_blocks * u_block;
  const ImageGroups groups(s.batch, kElements * in_blocks * kLanes * tiles, kGroupFloats);
  const std::int64_t images_per_task = larger(1, kTilesPerTask / tiles);
  const std::int64_t tasks_per_panel = divide_up(groups.images, images_per_task);
  // Weights that serve one task alone are transformed by that task and never leave its cache.
  const bool shared = groups.count * tasks_per_panel > 1;
  const Scratch all_weights(shared ? panels * u_panel : 1);
  if (shared) {
    parallel_for(panels, 1, [&](std::int64_t panel, std::int64_t) {
      transform_weights<M>(s, panel, weight, transposed, all_weights.data() + panel * u_panel);
    });
  }
  const TileLayout<kLanes> input{in_blocks, groups.images * tiles};
  const Scratch v(input.numel(kElements));
  const Scratch small(2 * groups.images);
  for (std::int64_t group = 0; group < groups.count; ++group) {
    const ImageRange images = groups.range(group, s.batch);
    transform_input<M>(s, images, x, squared, input, v.data(), small.integers());
    for (std::int64_t image = 0; image < images.count(); ++image) {
      if (small.integers()[image] == 0) return false;
    }
    parallel_for(panels * tasks_per_panel, 1, [&](std::int64_t task, std::int64_t) {
      const std::int64_t panel = task / tasks_per_panel;
      const std::int64_t begin = images.begin + task % tasks_per_panel * images_per_task;
      const ImageRange part{begin, smaller(begin + images_per_task, images.end)};
      if (part.count() <= 0) return;
      const Scratch own_weights(shared ? 1 : u_panel);
      if (!shared) transform_weights<M>(s, panel, weight, transposed, own_weights.data());
      const float* const u = shared ? all_weights.data() + panel * u_panel : own_weights.data();
      const TileLayout<kPanel> output{1, part.count() * tiles};
      const Scratch products(output.numel(kElements));
      const std::int64_t first = (part.begin - images.begin) * tiles;
      for (std::int64_t e = 0; e < kElements; ++e) {
        for (std::int64_t block = 0; block < in_blocks; block += kBlocksPerPass) {
          const std::int64_t channels =
              smaller(s.in - block * kLanes, smaller(kBlocksPerPass, in_blocks) * kLanes);
          for (std::int64_t t = 0; t < output.tiles; t += kTileRows) {
            multiply_rows(smaller(kTileRows, output.tiles - t), channels,
                          v.data() + input.at(e, block, first + t), input.block_stride(),
                          u + block * u_block + e * kLanes * kPanel, u_block, block > 0,
                          products.data() + output.at(e, 0, t));
          }
        }
      }
      transform_output<M>(s, part, panel, output, products.data(), finish);
    });
  }
  return true;
}

}  // namespace

bool winograd_forward(const ConvolutionShape& shape, int tile, const float* x, const float* weight,
                      const Epilogue<float>& epilogue, float* y) {
  const WinogradShape s(shape, false);
  return with_tile(tile, [&]<int M>() {
    return convolve<M>(s, x, false, weight, false,
                       [&](std::int64_t image, std::int64_t channel, std::int64_t position,
                           std::int64_t count, Vec values) {
                         store_some(s.element(y, image, channel, position),
                                    finish(epilogue, channel, values), count);
                       });
  });
}

bool winograd_backward_data(const ConvolutionShape& shape, int tile, const float* grad_y,
                            const float* weight, float* grad_x) {
  const WinogradShape s(shape, true);
  return with_tile(tile, [&]<int M>() {
    return convolve<M>(s, grad_y, false, weight, true,
                       [&](std::int64_t image, std::int64_t channel, std::int64_t position,
                           std::int64_t count, Vec values) {
                         store_some(s.element(grad_x, image, channel, position), values, count);
                       });
  });
}

// The mean and the variance are computed one after the other. The transformed tiles and weights of
// both together are too large for the caches that hold those of one, which costs more than reading
// x twice.
bool winograd_moments_forward(const ConvolutionShape& shape, int tile, const float* x,
                              const float* weight_mean, const float* weight_variance,
                              const float* bias, float* mean, float* variance) {
  if (!winograd_forward(shape, tile, x, weight_mean, {bias}, mean)) return false;
  const WinogradShape s(shape, false);
  return with_tile(tile, [&]<int M>() {
    return convolve<M>(s, x, true, weight_variance, false,
                       [&](std::int64_t image, std::int64_t channel, std::int64_t position,
                           std::int64_t count, Vec values) {
                         // Rounding may make a variance negative.
                         store_some(s.element(variance, image, channel, position),
                                    max(Vec(0), values), count);
                       });
  });
}

bool winograd_moments_backward_data(const ConvolutionShape& shape, int tile, const float* x,
                                    const float* weight_mean, const float* weight_variance,
                                    const float* grad_mean, const float* grad_variance,
                                    float* grad_x) {
  if (!winograd_backward_data(shape, tile, grad_mean, weight_mean, grad_x)) return false;
  const WinogradShape s(shape, true);
  return with_tile(tile, [&]<int M>() {
    return convolve<M>(s, grad_variance, false, weight_variance, true,
                       [&](std::int64_t image, std::int64_t channel, std::int64_t position,
                           std::int64_t count, Vec values) {
                         float* const to = s.element(grad_x, image, channel, position);
                         store_some(
                             to,
                             formulas::MomentsGradient{}(load_some(to, count), values,
                                                         load_some(x + (to - grad_x), count)),
                             count);
                       });
  });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

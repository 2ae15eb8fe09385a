// The gradient of the weights of a 3 × 3 convolution by Winograd's algorithm (winograd.hpp):
//   dg = Gᵀ [Σ over tiles of (A dy Aᵀ) ⊙ (Bᵀ d B)] G
// The sum runs over one group of images after the other, in an order that the shape alone decides.
#include "framework/cpu/convolution/winograd_tiles.hpp"
#include "framework/cpu/simd/loops.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

constexpr std::int64_t kPanel = kTileColumns;
// Floats of transformed tiles of x and dy together in a group of images.
constexpr std::int64_t kGroupFloats = std::int64_t{1} << 22;
// Input channels whose sums fit into the registers together.
constexpr int kRows = kLanes > 8 ? 8 : 4;

// sums [kRows][kPanel] (+)= Σ over tiles of v[tile][channel] · g[tile][kPanel].
void multiply_tiles(std::int64_t tiles, const float* v, const float* g, bool accumulate,
                    float* sums) {
  alignas(kVectorBytes) float levels[kCascadeLevels * kTileNumel];
  for (std::int64_t begin = 0; begin < tiles; begin += kCascadeBlock) {
    const std::int64_t end = smaller(tiles, begin + kCascadeBlock);
    TileSums<kRows> total;
    for (std::int64_t t = begin; t < end; ++t) total.add(v + t * kLanes, 1, g + t * kPanel);
    total.join(begin / kCascadeBlock, end == tiles, levels);
    if (end < tiles) continue;
    if (accumulate) total.add_from(sums);
    total.store_to(sums);
  }
}

// Stores A dy Aᵀ of every tile of `images`.
template <int M>
void transform_gradient(const WinogradShape& s, const ImageRange& images, const float* grad_y,
                        const TileLayout<kPanel>& layout, float* to) {
  constexpr int kEdge = M + 2;
  const std::int64_t down = s.tiles_down(M);
  const std::int64_t across = s.tiles_across(M);
  parallel_for(images.count(), 1, [&](std::int64_t image, std::int64_t) {
    const StagedPlane plane(down * M, across * M);
    for (std::int64_t channel = 0; channel < layout.blocks * kPanel; channel += kLanes) {
      const std::int64_t channels = smaller(kLanes, larger(0, s.out - channel));
      plane.put(grad_y + ((images.begin + image) * s.out + channel) * s.out_plane(), false,
                channels, s.out_height, s.out_width, 0, 0);
      for (std::int64_t tile = 0; tile < down * across; ++tile) {
        const std::int64_t row = plane.columns() * kLanes;
        const float* const from = plane.at(tile / across * M, tile % across * M);
        float* const first =
            to + layout.at(0, channel / kPanel, image * down * across + tile) + channel % kPanel;
        transform_tile<M, kEdge>(
            &WinogradMatrices<M>::output_gradient,
            [&](int i, int j) { return load(from + i * row + j * kLanes); },
            [&](int i, int j, Vec g) {
              store(first + (i * kEdge + j) * layout.element_stride(), g);
            });
      }
    }
  });
}

// Stores Gᵀ u G of a block of input channels and a panel of output channels. u is
// [element][kLanes][kPanel].
template <int M>
void transform_weight_gradient(const WinogradShape& s, std::int64_t block, std::int64_t panel,
                               const float* u, float* grad_weight) {
  constexpr int kEdge = M + 2;
  const std::int64_t inputs = smaller(kLanes, s.in - block * kLanes);
  alignas(kVectorBytes) float taps[kLanes * 9 * kLanes];
  for (std::int64_t half = 0; half < kPanel; half += kLanes) {
    const std::int64_t channel = panel * kPanel + half;
    if (channel >= s.out) break;
    for (std::int64_t c = 0; c < inputs; ++c) {
      const float* const from = u + c * kPanel + half;
      float* const to = taps + c * 9 * kLanes;
      transform_tile<kEdge, 3>(
          &WinogradMatrices<M>::weight_gradient,
          [&](int i, int j) { return load(from + (i * kEdge + j) * kLanes * kPanel); },
          [&](int i, int j, Vec g) { store(to + (i * 3 + j) * kLanes, g); });
    }
    float* const first = grad_weight + (channel * s.in + block * kLanes) * 9;
    for_each_row_part(
        smaller(kLanes, s.out - channel), inputs * 9,
        [&](std::int64_t column) { return load(taps + column * kLanes); },
        [&](std::int64_t row, std::int64_t column, std::int64_t count, Vec values) {
          store_some(first + row * s.in * 9 + column, values, count);
        });
  }
}

// The gradient of one set of weights. `squared` takes x² for x, for the weights' variance.
template <int M>
void weight_gradient(const WinogradShape& s, const float* x, bool squared, const float* grad_y,
                     float* grad_weight) {
  constexpr int kElements = (M + 2) * (M + 2);
  constexpr std::int64_t kBlockNumel = kElements * kLanes * kPanel;
  const std::int64_t tiles = s.tiles(M);
  const std::int64_t blocks = divide_up(s.in, kLanes);
  const std::int64_t panels = divide_up(s.out, kPanel);
  const ImageGroups groups(s.batch, kElements * (blocks * kLanes + panels * kPanel) * tiles,
                           kGroupFloats);
  const TileLayout<kLanes> input{blocks, groups.images * tiles};
  const TileLayout<kPanel> gradient{panels, groups.images * tiles};
  const Scratch v(input.numel(kElements));
  const Scratch g(gradient.numel(kElements));
  // The sums of several groups must outlive the tasks that add to them.
  const bool shared = groups.count > 1;
  const Scratch all_sums(shared ? blocks * panels * kBlockNumel : 1);
  for (std::int64_t group = 0; group < groups.count; ++group) {
    const ImageRange images = groups.range(group, s.batch);
    transform_input<M>(s, images, x, squared, input, v.data(), nullptr);
    transform_gradient<M>(s, images, grad_y, gradient, g.data());
    parallel_for(panels * blocks, 1, [&](std::int64_t task, std::int64_t) {
      const std::int64_t panel = task / blocks;
      const std::int64_t block = task % blocks;
      const Scratch own_sums(shared ? 1 : kBlockNumel);
      float* const sums = shared ? all_sums.data() + task * kBlockNumel : own_sums.data();
      for (std::int64_t e = 0; e < kElements; ++e) {
        for (std::int64_t c = 0; c < kLanes; c += kRows) {
          multiply_tiles(images.count() * tiles, v.data() + input.at(e, block, 0) + c,
                         g.data() + gradient.at(e, panel, 0), group > 0,
                         sums + (e * kLanes + c) * kPanel);
        }
      }
      if (group + 1 == groups.count) {
        transform_weight_gradient<M>(s, block, panel, sums, grad_weight);
      }
    });
  }
}

}  // namespace

void winograd_backward_weight(const ConvolutionShape& shape, int tile, const float* x,
                              const float* grad_y, float* grad_weight) {
  const WinogradShape s(shape, false);
  with_tile(tile, [&]<int M>() { weight_gradient<M>(s, x, false, grad_y, grad_weight); });
}

void winograd_moments_backward_weight(const ConvolutionShape& shape, int tile, const float* x,
                                      const float* grad_mean, const float* grad_variance,
                                      float* grad_weight_mean, float* grad_weight_variance) {
  winograd_backward_weight(shape, tile, x, grad_mean, grad_weight_mean);
  const WinogradShape s(shape, false);
  with_tile(tile,
            [&]<int M>() { weight_gradient<M>(s, x, true, grad_variance, grad_weight_variance); });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

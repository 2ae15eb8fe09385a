// Winograd's minimal filtering F(m × m, 3 × 3) in steps (Lavin and Gray 2015, arXiv 1509.09308): a
// tile of m × m outputs from one of (m + 2) × (m + 2) inputs,
//   y = Aᵀ [Σ_c (G g Gᵀ) ⊙ (Bᵀ d B)] A,
// with (m + 2)² multiplications for each pair of channels in place of 9 m². 3 × 3 kernels, stride
// 1. The framework's own is framework/cpu/convolution/winograd.cpp, whose vectors run over
// channels and whose blocks of tiles stay in the cache.
#include "benchmarks/kernels/families.hpp"
#include "framework/kernels/shapes.hpp"

#include <vector>

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

// The matrices of F(2, 3) and F(4, 3).
template <int M>
struct Matrices;

template <>
struct Matrices<2> {
  static constexpr float kInput[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
  static constexpr float kWeight[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};
  static constexpr float kOutput[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};
};

template <>
struct Matrices<4> {
  static constexpr float kInput[6][6] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0},
                                         {0, 4, -4, -1, 1, 0}, {0, -2, -1, 2, 1, 0},
                                         {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
  static constexpr float kSixth = 1.0F / 6;
  static constexpr float kWeight[6][3] = {{.25F, 0, 0},
                                          {-kSixth, -kSixth, -kSixth},
                                          {-kSixth, kSixth, -kSixth},
                                          {kSixth / 4, kSixth / 2, kSixth},
                                          {kSixth / 4, -kSixth / 2, kSixth},
                                          {0, 0, 1}};
  static constexpr float kOutput[4][6] = {
      {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};
};

// out [R, R] = matrix · in [C, C] · matrixᵀ
template <int R, int C>
void transform(const float (&matrix)[R][C], const float* in, float* out) {
  float half[R][C] = {};
  for (int r = 0; r < R; ++r) {
    for (int k = 0; k < C; ++k) {
      for (int c = 0; c < C; ++c) half[r][c] += matrix[r][k] * in[k * C + c];
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int q = 0; q < R; ++q) {
      float sum = 0;
      for (int c = 0; c < C; ++c) sum += half[r][c] * matrix[q][c];
      out[r * R + q] = sum;
    }
  }
}

// The output cut into tiles of M × M.
template <int M>
struct Tiles {
  static constexpr int kSide = M + 2;
  static constexpr int kArea = kSide * kSide;

  const ConvolutionShape& s;
  std::int64_t down = (s.output[1] + M - 1) / M;
  std::int64_t across = (s.output[2] + M - 1) / M;
  std::int64_t count = down * across;

  // The pixels under a tile, with zeros where it reaches beyond the image.
  void gather(const float* plane, std::int64_t tile, float* d) const {
    const std::int64_t top = tile / across * M - s.padding[1];
    const std::int64_t left = tile % across * M - s.padding[2];
    for (int i = 0; i < kSide; ++i) {
      for (int j = 0; j < kSide; ++j) {
        const std::int64_t y = top + i;
        const std::int64_t x = left + j;
        const bool inside = y >= 0 && y < s.input[1] && x >= 0 && x < s.input[2];
        d[i * kSide + j] = inside ? plane[y * s.input[2] + x] : 0;
      }
    }
  }

  // Stores what of a tile's M × M numbers lies inside the output.
  void scatter(const float* values, std::int64_t tile, float* plane) const {
    const std::int64_t top = tile / across * M;
    const std::int64_t left = tile % across * M;
    for (int i = 0; i < M && top + i < s.output[1]; ++i) {
      for (int j = 0; j < M && left + j < s.output[2]; ++j) {
        plane[(top + i) * s.output[2] + left + j] = values[i * M + j];
      }
    }
  }
};

// Calls body(image n, tile) for every tile of the batch.
template <class Body>
void for_each_tile(const Tiles<2>& tiles, Body body) {
  for (std::int64_t n = 0; n < tiles.s.batch; ++n) {
    for (std::int64_t tile = 0; tile < tiles.count; ++tile) body(n, tile);
  }
}

// The formula as it is written, for one tile and pair of channels after the other. The 16
// multiplications ⊙ are fewer than 36, but around them stand two transforms, which cost far more.
void forward_formula(const ConvolutionShape& s, const float* x, const float* weight, float* y) {
  using Shape = Tiles<2>;
  const Shape tiles{s};
  const std::int64_t in_plane = s.input[1] * s.input[2];
  const std::int64_t out_plane = s.output[1] * s.output[2];
  for_each_tile(tiles, [&](std::int64_t n, std::int64_t tile) {
    for (std::int64_t o = 0; o < s.out_channels; ++o) {
      float sums[Shape::kArea] = {};
      for (std::int64_t c = 0; c < s.in_channels; ++c) {
        float d[Shape::kArea];
        float v[Shape::kArea];
        float u[Shape::kArea];
        tiles.gather(x + (n * s.in_channels + c) * in_plane, tile, d);
        transform(Matrices<2>::kInput, d, v);
        transform(Matrices<2>::kWeight, weight + (o * s.in_channels + c) * 9, u);
        for (int e = 0; e < Shape::kArea; ++e) sums[e] += u[e] * v[e];
      }
      float values[4];
      transform(Matrices<2>::kOutput, sums, values);
      tiles.scatter(values, tile, y + (n * s.out_channels + o) * out_plane);
    }
  });
}

// Every transform once: that of a kernel serves all tiles, that of a tile all output channels, and
// the one back comes after the sum over channels, because it is linear.
void forward_shared(const ConvolutionShape& s, const float* x, const float* weight, float* y) {
  using Shape = Tiles<2>;
  const Shape tiles{s};
  const std::int64_t in_plane = s.input[1] * s.input[2];
  const std::int64_t out_plane = s.output[1] * s.output[2];
  const std::int64_t kernels = s.out_channels * s.in_channels;
  std::vector<float> u(static_cast<std::size_t>(kernels * Shape::kArea));
  std::vector<float> v(static_cast<std::size_t>(s.in_channels * Shape::kArea));
  for (std::int64_t k = 0; k < kernels; ++k) {
    transform(Matrices<2>::kWeight, weight + k * 9, u.data() + k * Shape::kArea);
  }
  for_each_tile(tiles, [&](std::int64_t n, std::int64_t tile) {
    for (std::int64_t c = 0; c < s.in_channels; ++c) {
      float d[Shape::kArea];
      tiles.gather(x + (n * s.in_channels + c) * in_plane, tile, d);
      transform(Matrices<2>::kInput, d, v.data() + c * Shape::kArea);
    }
    for (std::int64_t o = 0; o < s.out_channels; ++o) {
      float sums[Shape::kArea] = {};
      const float* const kernel = u.data() + o * s.in_channels * Shape::kArea;
      for (std::int64_t c = 0; c < s.in_channels; ++c) {
        for (int e = 0; e < Shape::kArea; ++e) {
          sums[e] +=
              kernel[c * Shape::kArea + e] * v[static_cast<std::size_t>(c * Shape::kArea + e)];
        }
      }
      float values[4];
      transform(Matrices<2>::kOutput, sums, values);
      tiles.scatter(values, tile, y + (n * s.out_channels + o) * out_plane);
    }
  });
}

// Σ_c u v, for all tiles at once, is a product of matrices for each of the (m + 2)² elements. So
// the elements lie outermost: u [(m + 2)², O, C], v [(m + 2)², C, tiles].
template <int M>
void weights(const ConvolutionShape& s, const float* weight, float* u) {
  constexpr int kArea = Tiles<M>::kArea;
  const std::int64_t kernels = s.out_channels * s.in_channels;
  for (std::int64_t k = 0; k < kernels; ++k) {
    float one[kArea];
    transform(Matrices<M>::kWeight, weight + k * 9, one);
    for (int e = 0; e < kArea; ++e) u[e * kernels + k] = one[e];
  }
}

template <int M>
void input(const ConvolutionShape& s, const float* image, float* v) {
  constexpr int kArea = Tiles<M>::kArea;
  const Tiles<M> tiles{s};
  for (std::int64_t c = 0; c < s.in_channels; ++c) {
    for (std::int64_t tile = 0; tile < tiles.count; ++tile) {
      float d[kArea];
      float one[kArea];
      tiles.gather(image + c * s.input[1] * s.input[2], tile, d);
      transform(Matrices<M>::kInput, d, one);
      for (int e = 0; e < kArea; ++e) v[(e * s.in_channels + c) * tiles.count + tile] = one[e];
    }
  }
}

// From products [(m + 2)², O, tiles].
template <int M>
void output(const ConvolutionShape& s, const float* products, float* image) {
  constexpr int kArea = Tiles<M>::kArea;
  const Tiles<M> tiles{s};
  for (std::int64_t o = 0; o < s.out_channels; ++o) {
    for (std::int64_t tile = 0; tile < tiles.count; ++tile) {
      float one[kArea];
      float values[M * M];
      for (int e = 0; e < kArea; ++e) {
        one[e] = products[(e * s.out_channels + o) * tiles.count + tile];
      }
      transform(Matrices<M>::kOutput, one, values);
      tiles.scatter(values, tile, image + o * s.output[1] * s.output[2]);
    }
  }
}

template <int M>
constexpr Ladder::WinogradTransforms kTransforms{M, &weights<M>, &input<M>, &output<M>};

}  // namespace

void list_winograd(Ladder& ladder) {
  ladder.winograd_formula = &forward_formula;
  ladder.winograd_shared = &forward_shared;
  ladder.winograd_2x2 = kTransforms<2>;
  ladder.winograd_4x4 = kTransforms<4>;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks

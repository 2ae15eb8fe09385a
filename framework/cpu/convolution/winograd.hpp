// Winograd's minimal filtering for 3 × 3 convolutions with stride 1 (Winograd 1980; Lavin and Gray
// 2016, arXiv 1509.09308): F(m × m, 3 × 3) computes a tile of m × m outputs from m + 2 rows and
// columns of input with (m + 2)² multiplications for each pair of channels, where the direct form
// takes 9 m²:
//   y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A
// Each step is linear, so the gradient of the weights is
//   dg = Gᵀ [(A dy Aᵀ) ⊙ (Bᵀ d B)] G.
// The products ⊙ are summed over channels (for dg over tiles): that is one matrix product for each
// of the (m + 2)² elements. m = 4 takes a quarter of the multiplications and costs about one
// decimal digit of float32's accuracy. m = 2 takes 1 / 2.25 of them, and serves planes so small
// that tiles of 4 would be mostly empty.
//
// Vectors run over channels, so that a transform is plain arithmetic on whole registers. plan.hpp
// says which convolutions are computed this way.
#pragma once

#include "framework/cpu/convolution/planar_shape.hpp"
#include "framework/cpu/products/gemm.hpp"
#include "framework/cpu/simd/transpose.hpp"
#include "framework/kernels/table.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// The 1-d transforms of F(M, 3), by Lavin and Gray's matrices.
template <int M>
struct WinogradMatrices;

template <>
struct WinogradMatrices<2> {
  static void input(const Vec (&d)[4], Vec (&v)[4]) {  // Bᵀ
    v[0] = d[0] - d[2];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[1] - d[3];
  }
  static void weight(const Vec (&g)[3], Vec (&u)[4]) {  // G
    const Vec half(0.5F);
    const Vec ends = half * (g[0] + g[2]);
    const Vec middle = half * g[1];
    u[0] = g[0];
    u[1] = ends + middle;
    u[2] = ends - middle;
    u[3] = g[2];
  }
  static void output(const Vec (&m)[4], Vec (&y)[2]) {  // Aᵀ
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] - m[3];
  }
  static void output_gradient(const Vec (&y)[2], Vec (&m)[4]) {  // A
    m[0] = y[0];
    m[1] = y[0] + y[1];
    m[2] = y[0] - y[1];
    m[3] = -y[1];
  }
  static void weight_gradient(const Vec (&u)[4], Vec (&g)[3]) {  // Gᵀ
    const Vec half(0.5F);
    const Vec sum = half * (u[1] + u[2]);
    g[0] = u[0] + sum;
    g[1] = half * (u[1] - u[2]);
    g[2] = sum + u[3];
  }
};

template <>
struct WinogradMatrices<4> {
  static void input(const Vec (&d)[6], Vec (&v)[6]) {
    const Vec two(2.0F);
    const Vec four(4.0F);
    const Vec five(5.0F);
    const Vec even = d[4] - four * d[2];
    const Vec odd = d[3] - four * d[1];
    const Vec even2 = d[4] - d[2];
    const Vec odd2 = two * (d[3] - d[1]);
    v[0] = four * d[0] - five * d[2] + d[4];
    v[1] = even + odd;
    v[2] = even - odd;
    v[3] = even2 + odd2;
    v[4] = even2 - odd2;
    v[5] = four * d[1] - five * d[3] + d[5];
  }
  static void weight(const Vec (&g)[3], Vec (&u)[6]) {
    const Vec sixth(1.0F / 6);
    const Vec ends = sixth * (g[0] + g[2]);
    const Vec middle = sixth * g[1];
    const Vec ends2 = Vec(1.0F / 24) * g[0] + sixth * g[2];
    const Vec middle2 = Vec(1.0F / 12) * g[1];
    u[0] = Vec(0.25F) * g[0];
    u[1] = -(ends + middle);
    u[2] = middle - ends;
    u[3] = ends2 + middle2;
    u[4] = ends2 - middle2;
    u[5] = g[2];
  }
  static void output(const Vec (&m)[6], Vec (&y)[4]) {
    const Vec sum = m[1] + m[2];
    const Vec difference = m[1] - m[2];
    const Vec sum2 = m[3] + m[4];
    const Vec difference2 = m[3] - m[4];
    y[0] = m[0] + sum + sum2;
    y[1] = difference + Vec(2.0F) * difference2;
    y[2] = sum + Vec(4.0F) * sum2;
    y[3] = difference + Vec(8.0F) * difference2 + m[5];
  }
  static void output_gradient(const Vec (&y)[4], Vec (&m)[6]) {
    const Vec even = y[0] + y[2];
    const Vec odd = y[1] + y[3];
    const Vec even2 = y[0] + Vec(4.0F) * y[2];
    const Vec odd2 = Vec(2.0F) * y[1] + Vec(8.0F) * y[3];
    m[0] = y[0];
    m[1] = even + odd;
    m[2] = even - odd;
    m[3] = even2 + odd2;
    m[4] = even2 - odd2;
    m[5] = y[3];
  }
  static void weight_gradient(const Vec (&u)[6], Vec (&g)[3]) {
    const Vec sum = Vec(1.0F / 6) * (u[1] + u[2]);
    const Vec sum2 = u[3] + u[4];
    g[0] = Vec(0.25F) * u[0] - sum + Vec(1.0F / 24) * sum2;
    g[1] = Vec(1.0F / 6) * (u[2] - u[1]) + Vec(1.0F / 12) * (u[3] - u[4]);
    g[2] = u[5] - sum + Vec(1.0F / 6) * sum2;
  }
};

/// A transform along both dimensions of a tile. `along` maps In numbers to Out numbers. read(i, j)
/// and write(i, j, vector) reach the elements of the tile.
template <int In, int Out, class Read, class Write>
void transform_tile(void (*along)(const Vec (&)[In], Vec (&)[Out]), Read read, Write write) {
  Vec half[Out][In];
#pragma GCC unroll 6
  for (int j = 0; j < In; ++j) {
    Vec column[In];
    Vec result[Out];
#pragma GCC unroll 6
    for (int i = 0; i < In; ++i) column[i] = read(i, j);
    along(column, result);
#pragma GCC unroll 6
    for (int i = 0; i < Out; ++i) half[i][j] = result[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < Out; ++i) {
    Vec result[Out];
    along(half[i], result);
#pragma GCC unroll 6
    for (int j = 0; j < Out; ++j) write(i, j, result[j]);
  }
}

/// A planar pass cut into tiles of m × m outputs.
struct WinogradShape : PlanarShape {
  using PlanarShape::PlanarShape;

  std::int64_t tiles_down(int m) const { return divide_up(out_height, m); }
  std::int64_t tiles_across(int m) const { return divide_up(out_width, m); }
  std::int64_t tiles(int m) const { return tiles_down(m) * tiles_across(m); }
};

/// The kernels of the table (framework/kernels/table.hpp) with tiles of tile × tile outputs, where
/// tile is 2 or 4. The convolution is planar (plan.hpp), with kernels of 3 × 3.
///
/// The forward pass and the gradient of the data refuse numbers that are not finite, or above 2¹⁰⁰
/// in magnitude: one such pixel would make its whole tile NaN. They then return false, and what
/// they wrote means nothing. The caller computes the result by another algorithm.
[[nodiscard]] bool winograd_forward(const ConvolutionShape& s, int tile, const float* x,
                                    const float* weight, const Epilogue<float>& epilogue, float* y);
[[nodiscard]] bool winograd_backward_data(const ConvolutionShape& s, int tile, const float* grad_y,
                                          const float* weight, float* grad_x);
void winograd_backward_weight(const ConvolutionShape& s, int tile, const float* x,
                              const float* grad_y, float* grad_weight);
/// The moments of a Bayesian layer. Rounding may make a variance negative; it is stored as 0.
[[nodiscard]] bool winograd_moments_forward(const ConvolutionShape& s, int tile, const float* x,
                                            const float* weight_mean, const float* weight_variance,
                                            const float* bias, float* mean, float* variance);
[[nodiscard]] bool winograd_moments_backward_data(const ConvolutionShape& s, int tile,
                                                  const float* x, const float* weight_mean,
                                                  const float* weight_variance,
                                                  const float* grad_mean,
                                                  const float* grad_variance, float* grad_x);
void winograd_moments_backward_weight(const ConvolutionShape& s, int tile, const float* x,
                                      const float* grad_mean, const float* grad_variance,
                                      float* grad_weight_mean, float* grad_weight_variance);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

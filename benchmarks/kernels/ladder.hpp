// The ladder from naive to fast: readable versions of the kernels, each with one idea more than the
// one before it, up to the framework's own. All of them run on one thread and rely on the compiler
// for vector instructions.
#pragma once

#include "framework/dispatch/kernels.hpp"

namespace credence::benchmarks {

struct Ladder {
  /// C [m, n] = A [m, k] B [k, n], row-major.
  using Multiply = void (*)(std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                            const float* b, float* c);

  Multiply multiply_naive;      ///< the definition
  Multiply multiply_reordered;  ///< the same loops in another order
  Multiply multiply_blocked;    ///< a part of B stays in the second-level cache
  Multiply multiply_tiled;      ///< a tile of C stays in registers

  /// y = conv(x, weight), from the definition.
  void (*convolution_forward_naive)(const ConvolutionShape&, const float* x, const float* weight,
                                    float* y);
  void (*convolution_backward_data_naive)(const ConvolutionShape&, const float* grad_y,
                                          const float* weight, float* grad_x);
  void (*convolution_backward_weight_naive)(const ConvolutionShape&, const float* x,
                                            const float* grad_y, float* grad_weight);
  /// y = conv(x, weight), each weight multiplied with whole rows of the image.
  void (*convolution_forward_rows)(const ConvolutionShape&, const float* x, const float* weight,
                                   float* y);
  /// The same with stride 1: several output channels for each row, then a tile in registers.
  void (*convolution_forward_blocked)(const ConvolutionShape&, const float* x, const float* weight,
                                      float* y);
  void (*convolution_forward_tiled)(const ConvolutionShape&, const float* x, const float* weight,
                                    float* y);
  /// The columns [C · KH · KW, OH · OW] of one image [C, H, W], of which weight [O, C · KH · KW]
  /// times columns is the convolution ("im2col").
  void (*image_to_columns)(const ConvolutionShape&, const float* image, float* columns);

  /// Winograd's F(2 × 2, 3 × 3) as its formula is written, then with each transform made once.
  void (*winograd_formula)(const ConvolutionShape&, const float* x, const float* weight, float* y);
  void (*winograd_shared)(const ConvolutionShape&, const float* x, const float* weight, float* y);
  /// F(side × side, 3 × 3) around (side + 2)² products of matrices, for each image [O, tiles] =
  /// [O, C] [C, tiles]: the factors from weight and image, and the image from the products.
  struct WinogradTransforms {
    int side;
    void (*weights)(const ConvolutionShape&, const float* weight, float* u);
    void (*input)(const ConvolutionShape&, const float* image, float* v);
    void (*output)(const ConvolutionShape&, const float* products, float* image);
  };
  WinogradTransforms winograd_2x2;
  WinogradTransforms winograd_4x4;

  /// mean [rows, out] = x [rows, in] muᵀ, variance = x² sigma2ᵀ: the definition, other loops, and
  /// a tile of both in registers.
  using Moments = void (*)(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x,
                           const float* mu, const float* sigma2, float* mean, float* variance);
  Moments moments_naive;
  Moments moments_reordered;
  Moments moments_tiled;

  void (*relu)(std::int64_t n, const float* x, float* y);
  void (*exp)(std::int64_t n, const float* x, float* y);
  void (*softplus)(std::int64_t n, const float* x, float* y);
  void (*softplus_polynomials)(std::int64_t n, const float* x, float* y);
  void (*softplus_undivided)(std::int64_t n, const float* x, float* y);
  /// The stream's normal numbers: one for each Philox block, four for each block, 16 blocks
  /// abreast, and with a transform of polynomials. n is a multiple of 64 but for the first.
  void (*normal)(RandomStream, std::int64_t n, float* y);
  void (*normal_blocks)(RandomStream, std::int64_t n, float* y);
  void (*normal_lanes)(RandomStream, std::int64_t n, float* y);
  void (*normal_polynomials)(RandomStream, std::int64_t n, float* y);
  void (*max_pool_forward)(const PoolShape&, const float* x, float* y, std::int32_t* index);
  void (*log_softmax_forward)(std::int64_t rows, std::int64_t columns, const float* x, float* y);
  void (*batch_norm_training_forward)(const NormalizationShape&, double epsilon, const float* x,
                                      const float* weight, const float* bias, float* y);
  void (*adam_step)(const AdamStep&, std::int64_t n, const float* grad, float* parameter,
                    float* mean, float* variance);
};

/// The ladder compiled for cpu_instruction_set(), so that it is compared on equal terms.
const Ladder& ladder();

}  // namespace credence::benchmarks

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
  /// The columns [C · KH · KW, OH · OW] of one image [C, H, W], of which weight [O, C · KH · KW]
  /// times columns is the convolution ("im2col").
  void (*image_to_columns)(const ConvolutionShape&, const float* image, float* columns);

  void (*relu)(std::int64_t n, const float* x, float* y);
  void (*exp)(std::int64_t n, const float* x, float* y);
  void (*softplus)(std::int64_t n, const float* x, float* y);
  void (*normal)(RandomStream, std::int64_t n, float* y);
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

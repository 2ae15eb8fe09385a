// The kernels of a fully connected layer, which is the convolution without spatial dimensions:
//   y = activation(x Wᵀ + bias), dx = dy W, dW = dyᵀ x
// with x [N, in], W [out, in] and y [N, out], and the moments of such a layer with random weights:
//   mean = x Mᵀ + bias, variance = x² Vᵀ
// with their gradients (Kingma, Salimans and Welling 2015, arXiv 1506.02557). The kernels of
// convolutions call these where plan.hpp says so.
#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

void linear_forward(const ConvolutionShape& shape, const float* x, const float* weight,
                    const Epilogue<float>& epilogue, float* y);
void linear_backward_data(const ConvolutionShape& shape, const float* grad_y, const float* weight,
                          float* grad_x);
void linear_backward_weight(const ConvolutionShape& shape, const float* x, const float* grad_y,
                            float* grad_weight);
void linear_moments_forward(const ConvolutionShape& shape, const float* x, const float* weight_mean,
                            const float* weight_variance, const float* bias, float* mean,
                            float* variance);
void linear_moments_backward_data(const ConvolutionShape& shape, const float* x,
                                  const float* weight_mean, const float* weight_variance,
                                  const float* grad_mean, const float* grad_variance,
                                  float* grad_x);
void linear_moments_backward_weight(const ConvolutionShape& shape, const float* x,
                                    const float* grad_mean, const float* grad_variance,
                                    float* grad_weight_mean, float* grad_weight_variance);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

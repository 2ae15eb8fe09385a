// Small fully connected layers whose outputs are drawn: the products of mean and variance are one
// call of the library, because each of them alone leaves most of a device idle.
#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cuda {

/// Whether the layer is such a layer: fully connected, with at most 2²⁸ multiplications a product.
bool is_paired(const ConvolutionShape& shape);

// The kernels random_convolution_… of the table for these layers.

template <class T>
std::int64_t paired_saved(const ConvolutionShape& shape);
template <class T>
void paired_forward(const ConvolutionShape& shape, const OutputNoise& noise, const T* x,
                    const T* weight_mean, const T* weight_variance, const T* bias, T* y, T* saved);
template <class T>
void paired_backward_output(const ConvolutionShape& shape, const OutputNoise& noise, const T* y,
                            const T* grad_y, T* saved, T* grad_mean);
template <class T>
void paired_backward_data(const ConvolutionShape& shape, const T* x, const T* weight_mean,
                          const T* weight_variance, const T* saved, T* grad_x);
template <class T>
void paired_backward_weight(const ConvolutionShape& shape, const T* saved, T* grad_weight_mean,
                            T* grad_weight_variance);

}  // namespace credence::cuda

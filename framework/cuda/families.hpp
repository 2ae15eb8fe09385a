// The kernel families of this folder. Each file fills its entries of the table, for float and for
// double.
#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cuda {

void list_pointwise(Kernels<float>& table);
void list_pointwise(Kernels<double>& table);
void list_arithmetic(Kernels<float>& table);
void list_arithmetic(Kernels<double>& table);
void list_several_arrays(Kernels<float>& table);
void list_several_arrays(Kernels<double>& table);
void list_reduce(Kernels<float>& table);
void list_reduce(Kernels<double>& table);
void list_matmul(Kernels<float>& table);
void list_matmul(Kernels<double>& table);
void list_convolution(Kernels<float>& table);
void list_convolution(Kernels<double>& table);
void list_random_convolution(Kernels<float>& table);
void list_random_convolution(Kernels<double>& table);
void list_noise(Kernels<float>& table);
void list_noise(Kernels<double>& table);
void list_pooling(Kernels<float>& table);
void list_pooling(Kernels<double>& table);
void list_softmax(Kernels<float>& table);
void list_softmax(Kernels<double>& table);
void list_normalization(Kernels<float>& table);
void list_normalization(Kernels<double>& table);
void list_filter_response_norm(Kernels<float>& table);
void list_filter_response_norm(Kernels<double>& table);
void list_dropout(Kernels<float>& table);
void list_dropout(Kernels<double>& table);
void list_augmentation(Kernels<float>& table);
void list_augmentation(Kernels<double>& table);
void list_optimizer(Kernels<float>& table);
void list_optimizer(Kernels<double>& table);
void list_gather(Kernels<float>& table);
void list_gather(Kernels<double>& table);

}  // namespace credence::cuda

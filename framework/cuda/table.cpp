// The kernel tables of CUDA devices, filled by the families of this folder.
#include "framework/cuda/table.hpp"

#include "framework/cuda/families.hpp"

namespace credence::cuda {
namespace {

template <class T>
Kernels<T> listed() {
  Kernels<T> kernels{Device::cuda};
  list_pointwise(kernels);
  list_arithmetic(kernels);
  list_several_arrays(kernels);
  list_reduce(kernels);
  list_matmul(kernels);
  list_convolution(kernels);
  list_random_convolution(kernels);
  list_noise(kernels);
  list_pooling(kernels);
  list_softmax(kernels);
  list_normalization(kernels);
  list_filter_response_norm(kernels);
  list_dropout(kernels);
  list_augmentation(kernels);
  list_optimizer(kernels);
  list_gather(kernels);
  return kernels;
}

}  // namespace

const Table& table() {
  static const Table table{listed<float>(), listed<double>()};
  return table;
}

}  // namespace credence::cuda

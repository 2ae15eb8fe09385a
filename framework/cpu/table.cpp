// The table of CPU kernels of one instruction set, filled by the families of families.hpp.
#include "framework/cpu/table.hpp"

#include "framework/cpu/convolution/plan.hpp"
#include "framework/cpu/families.hpp"

#define CREDENCE_STRING_OF(name) #name
#define CREDENCE_STRING(name) CREDENCE_STRING_OF(name)

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

template <class T>
Kernels<T> listed() {
  Kernels<T> kernels{Device::cpu};
  list_pointwise(kernels);
  list_arithmetic(kernels);
  list_matmul(kernels);
  list_convolution(kernels);
  list_noise(kernels);
  list_pooling(kernels);
  list_softmax(kernels);
  list_normalization(kernels);
  list_filter_response_norm(kernels);
  list_dropout(kernels);
  list_optimizer(kernels);
  list_gather(kernels);
  return kernels;
}

}  // namespace

const Table& table() {
  static const Table table{CREDENCE_STRING(CREDENCE_ISA), listed<float>(), listed<double>(),
                           [](const ConvolutionShape& shape, ConvolutionPass pass) {
                             return to_string(plan(shape, pass));
                           }};
  return table;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

// The table of CPU kernels of one instruction set, or that of the reference, filled by the families
// of families.hpp.
#include "framework/cpu/table.hpp"

#include "framework/cpu/families.hpp"
#ifndef CREDENCE_REFERENCE
#include "framework/cpu/convolution/plan.hpp"
#endif

#define CREDENCE_STRING_OF(name) #name
#define CREDENCE_STRING(name) CREDENCE_STRING_OF(name)

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

Kernels<Element> listed() {
  Kernels<Element> kernels{Device::cpu};
  list_pointwise(kernels);
  list_arithmetic(kernels);
  list_several_arrays(kernels);
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

#ifdef CREDENCE_REFERENCE
const Kernels<double>& kernels() {
  static const Kernels<double> table = listed();
  return table;
}
#else
const Table& table() {
  static const Table table{CREDENCE_STRING(CREDENCE_ISA), listed(),
                           [](const ConvolutionShape& shape, ConvolutionPass pass) {
                             return to_string(plan(shape, pass));
                           }};
  return table;
}
#endif

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

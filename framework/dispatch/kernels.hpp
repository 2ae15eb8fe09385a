// Which kernels a device has in this build: the kernel tables of the CPU, for each instruction set,
// and of CUDA. This is the one place that knows the backends.
#pragma once

#include "framework/core/tensor.hpp"
#include "framework/kernels/table.hpp"

#include <string>
#include <vector>

namespace credence {

/// The kernels of a device for float or double. Throws Error for a device that the build does not
/// have.
template <class T>
const Kernels<T>& kernels(Device device);

/// The instruction sets for which this build has CPU kernels and that this processor can run, the
/// widest last: "neon" on 64-bit Arm; elsewhere "baseline", then on x86-64 "avx2" (with FMA) and
/// "avx512" (F, BW, DQ and VL).
std::vector<std::string> cpu_instruction_sets();

/// The one of them that the CPU kernels run: the widest, or what the environment variable
/// CREDENCE_ISA names, for tests and comparisons. Throws ValueError, as kernels() of a CPU does,
/// where that is another name, or a set that the processor lacks.
const char* cpu_instruction_set();

/// Calls function.template operator()<T>(kernels<T>(device)) for the tensor's element type and
/// device. Throws Error where the type is neither float32 nor float64.
template <class Function>
void visit_kernels(const Tensor& tensor, Function&& function) {
  switch (tensor.dtype()) {
    case DType::float32:
      function.template operator()<float>(kernels<float>(tensor.device()));
      return;
    case DType::float64:
      function.template operator()<double>(kernels<double>(tensor.device()));
      return;
    default:
      throw Error(std::string("[kernel] floating-point elements are needed, not ") +
                  to_string(tensor.dtype()));
  }
}

}  // namespace credence

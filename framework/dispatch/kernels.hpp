// The kernel tables of a build: those of the CPU, one for each instruction set, and that of CUDA.
// No other file knows which backends a build has.
#pragma once

#include "framework/core/tensor.hpp"
#include "framework/kernels/table.hpp"

#include <string>
#include <vector>

namespace credence {

/// The kernels of a device; T is float or double. Throws Error for a device that the build does not
/// have.
template <class T>
const Kernels<T>& kernels(Device device);

/// The instruction sets for which this build has CPU kernels and which this processor can run, in
/// ascending order of width: "neon" on 64-bit Arm; elsewhere "baseline", then on x86-64 "avx2"
/// (with FMA) and "avx512" (F, BW, DQ and VL).
std::vector<std::string> cpu_instruction_sets();

/// The instruction set of the CPU kernels in use: the one that the environment variable
/// CREDENCE_ISA names, for tests and comparisons, or else the widest. Throws ValueError, as
/// kernels(Device::cpu) does, where CREDENCE_ISA names an unknown set or one that the processor
/// lacks.
const char* cpu_instruction_set();

/// The name of the algorithm by which the CPU kernels in use compute a convolution in float32, as
/// the table in framework/cpu/convolution/plan.hpp has it: "winograd_4x4", "packed". Throws
/// ValueError as kernels(Device::cpu) does, and where CREDENCE_WINOGRAD or CREDENCE_CONVOLUTION
/// have wrong values.
const char* cpu_convolution_algorithm(const ConvolutionShape& shape, ConvolutionPass pass);

/// Calls function(kernels<T>(device)) for the tensor's element type T and device:
///   visit_kernels(y, [&](const auto& kernels) { kernels.dropout(stream, 0.5, y.numel(), x, y); });
/// Throws Error where the type is neither float32 nor float64.
template <class Function>
void visit_kernels(const Tensor& tensor, Function&& function) {
  switch (tensor.dtype()) {
    case DType::float32:
      function(kernels<float>(tensor.device()));
      return;
    case DType::float64:
      function(kernels<double>(tensor.device()));
      return;
    default:
      throw Error(std::string("[kernel] floating-point elements are needed, not ") +
                  to_string(tensor.dtype()));
  }
}

}  // namespace credence

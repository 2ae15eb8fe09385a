// The noise kernel that the random convolution shares with the kernel table.
#pragma once

#include "framework/cpu/element.hpp"
#include "framework/kernels/table.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// The kernel add_noise_forward of the table (framework/kernels/table.hpp). On entry `slope` holds
/// the variance, on return noise / (2 √(variance + ε)).
void add_noise_forward(const OutputNoise& noise, std::int64_t n, Element* y, Element* slope);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

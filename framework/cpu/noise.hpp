#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// See the kernel table.
void add_noise_forward(const OutputNoise& noise, std::int64_t n, float* y, float* slope);
void add_noise_forward(const OutputNoise& noise, std::int64_t n, double* y, double* slope);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

// The files that are compiled once per instruction set; each fills its part of the table.
#pragma once

#include "benchmarks/kernels/instruction_sets.hpp"

namespace credence::benchmarks {
namespace CREDENCE_ISA {

inline void clear(std::int64_t n, float* values) {
  for (std::int64_t i = 0; i < n; ++i) values[i] = 0;
}

void list_products(Ladder& ladder);
void list_convolutions(Ladder& ladder);
void list_direct(Ladder& ladder);
void list_winograd(Ladder& ladder);
void list_moments(Ladder& ladder);
void list_noise(Ladder& ladder);
void list_softplus(Ladder& ladder);
void list_elementwise(Ladder& ladder);
PeakLoops peak_loops();

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks

// What this folder compiles once per instruction set, as framework/cpu does (see its simd.hpp): the
// ladder and the loops that find the machine's peaks.
#pragma once

#include "benchmarks/kernels/ladder.hpp"

#include <vector>

namespace credence::benchmarks {

/// Loops that do nothing but keep one unit of a core busy.
struct PeakLoops {
  /// Independent multiply-adds on vector registers, `rounds` times; returns how many floating-point
  /// operations those were, two for each multiply-add. Writes one number to `sink`.
  double (*multiply_adds)(std::int64_t rounds, float factor, float addend, float* sink);
  /// The sum of x to `sink`.
  void (*read)(std::int64_t n, const float* x, float* sink);
  /// x = factor · x
  void (*update)(std::int64_t n, float factor, float* x);
  /// y = a + factor · b (McCalpin's STREAM triad)
  void (*triad)(std::int64_t n, float factor, const float* a, const float* b, float* y);
};

struct InstructionSet {
  const char* name;
  Ladder ladder;
  PeakLoops peak;
};

namespace baseline {
const InstructionSet& instruction_set();
}
namespace neon {
const InstructionSet& instruction_set();
}
namespace avx2 {
const InstructionSet& instruction_set();
}
namespace avx512 {
const InstructionSet& instruction_set();
}

/// Those that this machine can run, the widest last.
std::vector<const InstructionSet*> runnable_instruction_sets();

}  // namespace credence::benchmarks

// The tables of CPU kernels, one for each instruction set and one of the reference. Every file of
// this folder that includes simd.hpp is compiled for each of them, in a namespace of its own: the
// macro CREDENCE_ISA, which the build sets. framework/dispatch/kernels.cpp chooses the table at run
// time.
#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cpu {

struct Table {
  const char* name;
  Kernels<float> kernels;
  /// The name of the algorithm that computes a pass in float32 (convolution/plan.hpp).
  const char* (*convolution_algorithm)(const ConvolutionShape&, ConvolutionPass);
};

/// Plain loops in double precision, for gradient checks and teaching: the same text, compiled once,
/// in which a number takes the place of a vector.
namespace reference {
const Kernels<double>& kernels();
}

namespace baseline {
const Table& table();
}
namespace neon {
const Table& table();
}
namespace avx2 {
const Table& table();
}
namespace avx512 {
const Table& table();
}

}  // namespace credence::cpu

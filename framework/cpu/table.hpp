// The tables of CPU kernels, one for each instruction set. Every file of this folder that includes
// simd.hpp is compiled for each of them, in a namespace of its own: the macro CREDENCE_ISA, which
// the build sets. framework/dispatch/kernels.cpp chooses the table at run time.
#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cpu {

struct Table {
  const char* name;
  Kernels<float> single;      ///< the kernels that models run on
  Kernels<double> reference;  ///< plain loops in double precision, for gradient checks and teaching
  /// The name of the algorithm that computes a pass in float32 (convolution/plan.hpp).
  const char* (*convolution_algorithm)(const ConvolutionShape&, ConvolutionPass);
};

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

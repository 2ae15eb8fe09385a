// The CPU kernels exist once per instruction set: every file of this folder that includes simd.hpp
// is compiled for each, inside a namespace of its own (the macro CREDENCE_ISA, set by the build).
#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cpu {

struct Table {
  const char* name;
  Kernels<float> single;      ///< the kernels that models run on
  Kernels<double> reference;  ///< plain loops in double precision, for gradient checks and teaching
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

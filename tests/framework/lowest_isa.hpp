// Headers that are compiled for each instruction set, for the one that every processor of this kind
// has. Tests include them from here alone.
#pragma once

#ifdef __aarch64__
#define CREDENCE_ISA neon
#else
#define CREDENCE_ISA baseline
#endif

// After the definition that they need.
#include "framework/cpu/convolution/plan.hpp"
#include "framework/cpu/simd/philox.hpp"

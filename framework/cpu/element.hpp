// The element type of the kernels that a compilation makes.
#pragma once

namespace credence::cpu {
namespace CREDENCE_ISA {

/// double in the compilation of the reference (table.hpp), whose loops are plain; float in those of
/// the instruction sets, which compute in vectors.
#ifdef CREDENCE_REFERENCE
using Element = double;
#else
using Element = float;
#endif

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

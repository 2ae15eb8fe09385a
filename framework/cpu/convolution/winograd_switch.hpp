// Whether convolutions may be computed by Winograd's algorithm, which costs a digit of accuracy
// (see docs/numerics.md).
#pragma once

namespace credence::cpu {

/// What the environment variable CREDENCE_WINOGRAD says, read once: "on" (as where it is not set)
/// or "off". Throws ValueError for anything else.
bool winograd_allowed();

/// What such a value means; null for one that is not set. Throws ValueError likewise.
bool parse_winograd(const char* value);

}  // namespace credence::cpu

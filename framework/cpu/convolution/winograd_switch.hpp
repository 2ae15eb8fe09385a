// Whether convolutions may be computed by Winograd's algorithm, which costs about one decimal digit
// of accuracy (docs/numerics.md). The environment variable CREDENCE_WINOGRAD decides.
#pragma once

namespace credence::cpu {

/// What CREDENCE_WINOGRAD says: true for "on" and where the variable is not set, false for "off".
/// The variable is read at the first call. Throws ValueError for any other value.
bool winograd_allowed();

/// The meaning of a value of this variable. Null stands for a variable that is not set. Throws
/// ValueError for a value that is neither "on" nor "off".
bool parse_winograd(const char* value);

}  // namespace credence::cpu

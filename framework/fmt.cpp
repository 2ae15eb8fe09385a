// The parts of {fmt} that its headers declare alone, compiled once: the same definitions as {fmt}'s
// own src/format.cc has. Debian has {fmt} as a shared library only, which a standalone program
// would need at run time; with FMT_HEADER_ONLY each file that formats would compile all of this.
#include <fmt/format-inl.h>

namespace fmt::detail {

template auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref) -> char;

}  // namespace fmt::detail

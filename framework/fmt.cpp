// The functions that fmt/format.h declares alone, as {fmt}'s own src/format.cc defines them:
// compiled here once, while with FMT_HEADER_ONLY every file that formats compiles all of them.
// Weak, so that a program may have a static library of {fmt} beside this one.
#include <fmt/format.h>

#undef FMT_FUNC
#define FMT_FUNC __attribute__((weak))
#include <fmt/format-inl.h>

namespace fmt::detail {

template auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref) -> char;

}  // namespace fmt::detail

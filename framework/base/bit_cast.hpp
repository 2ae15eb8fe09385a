// The bits of one type as a value of another.
#pragma once

namespace credence {

/// std::bit_cast, which the C++ library of Debian's emscripten lacks.
template <class To, class From>
constexpr To bit_cast(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  return __builtin_bit_cast(To, from);
}

}  // namespace credence

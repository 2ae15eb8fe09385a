#pragma once

#include <cstddef>
#include <cstdint>

namespace credence {

/// Element types. Models compute in float32; float64 exists for the reference kernels behind
/// gradient checks, uint8 for images as stored, int64 for labels, int32 for indices that an op
/// keeps.
enum class DType : std::uint8_t { float32, float64, uint8, int32, int64 };

/// Bytes of one element.
std::size_t size_of(DType dtype);
/// "float32", …
const char* to_string(DType dtype);

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::float32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::float64;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::uint8;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::int32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::int64;
};

/// The DType of a C++ element type.
template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

}  // namespace credence

// The element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>

namespace credence {

/// Models compute in float32. float64 serves the reference kernels that gradient checks run on,
/// uint8 holds images as stored, int64 holds labels, and int32 holds the indices that max pooling
/// stores for its backward pass.
enum class DType : std::uint8_t { float32, float64, uint8, int32, int64 };

/// Number of bytes of one element.
std::size_t size_of(DType dtype);
/// "float32", "float64", "uint8", "int32" or "int64".
const char* to_string(DType dtype);

/// Whether the elements are float32 or float64.
constexpr bool is_floating(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float64;
}

/// Maps a C++ element type to its DType; see dtype_of.
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

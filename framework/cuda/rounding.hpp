// Elements of arrays, and the numbers that kernels compute with: bfloat16 is computed in float32.
#pragma once

#include "framework/cuda/bfloat16.hpp"
#include "framework/cuda/runtime/launch.hpp"

#include <type_traits>

namespace credence::cuda {

template <class To, class From>
__device__ To same_bits(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  memcpy(&to, &from, sizeof(To));
  return to;
}

/// The number of an element.
template <class T>
__device__ T loaded(T element) {
  return element;
}
__device__ inline float loaded(BFloat16 element) { return same_bits<float>(element.float_bits()); }

/// The element nearest to a number.
template <class Element, class T>
__device__ Element stored(T number) {
  if constexpr (std::is_same_v<Element, BFloat16>) {
    return BFloat16::nearest(same_bits<std::uint32_t>(number));
  } else {
    return number;
  }
}

}  // namespace credence::cuda

// Elements chosen by their indices along one dimension, and the adjoint, which adds what arrives to
// the elements that were chosen.
#pragma once

#include <cstdint>
#include <limits>

namespace credence {

/// An array x [outer, extent, inner] and indices [outer, count, inner] into its middle dimension,
/// given by the strides of the latter, of which some may be 0.
struct GatherShape {
  std::int64_t outer = 1;
  std::int64_t extent = 1;
  std::int64_t count = 1;
  std::int64_t inner = 1;
  std::int64_t index_outer = 0;
  std::int64_t index_count = 0;
  std::int64_t index_inner = 0;
  /// An index that chooses no element and gives 0.
  std::int64_t ignored = std::numeric_limits<std::int64_t>::min();

  constexpr std::int64_t columns() const { return outer * inner; }
  constexpr std::int64_t chosen() const { return outer * count * inner; }
  constexpr std::int64_t index_at(const std::int64_t* index, std::int64_t o, std::int64_t c,
                                  std::int64_t i) const {
    return index[o * index_outer + c * index_count + i * index_inner];
  }
};

namespace formulas {

/// Element `at` of the result [outer, count, inner], x[o, index, i]; 0 for the ignored index, NaN
/// for one outside [0, extent).
template <class T>
constexpr T gathered(const GatherShape& s, const T* x, const std::int64_t* indices,
                     std::int64_t at) {
  const std::int64_t i = at % s.inner;
  const std::int64_t c = at / s.inner % s.count;
  const std::int64_t o = at / s.inner / s.count;
  const std::int64_t index = s.index_at(indices, o, c, i);
  if (index == s.ignored) return T(0);
  if (index < 0 || index >= s.extent) return std::numeric_limits<T>::quiet_NaN();
  return x[(o * s.extent + index) * s.inner + i];
}

/// grad_x[o, index, i] += grad, where the index chose an element.
template <class T>
constexpr void scatter(const GatherShape& s, T grad, std::int64_t index, std::int64_t o,
                       std::int64_t i, T* grad_x) {
  if (index == s.ignored || index < 0 || index >= s.extent) return;
  grad_x[(o * s.extent + index) * s.inner + i] += grad;
}

}  // namespace formulas
}  // namespace credence

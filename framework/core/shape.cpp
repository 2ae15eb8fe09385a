// Checks of extents and dimensions, and NumPy's broadcasting rule.
#include "framework/core/shape.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <limits>

namespace credence {

Shape::Shape(std::initializer_list<std::int64_t> extents)
    : Shape(std::span<const std::int64_t>(extents.begin(), extents.size())) {}

Shape::Shape(std::span<const std::int64_t> extents) {
  if (extents.size() > static_cast<std::size_t>(kMaxRank)) {
    throw ShapeError("[shape] rank " + std::to_string(extents.size()) +
                     " is above the maximum of " + std::to_string(kMaxRank));
  }
  std::int64_t product = 1;
  bool countable = true;
  for (const std::int64_t extent : extents) {
    if (extent < 0) {
      throw ShapeError("[shape] extent " + std::to_string(extent) + " is negative");
    }
    extents_[static_cast<std::size_t>(rank_++)] = extent;
    // An extent of 0 counts as 1, so that no product of a part of the extents can overflow.
    const std::int64_t factor = std::max<std::int64_t>(extent, 1);
    countable = countable && product <= std::numeric_limits<std::int64_t>::max() / factor;
    if (countable) product *= factor;
  }
  if (!countable) {
    throw ShapeError("[shape] " + to_string() + " has more elements than can be counted");
  }
}

int Shape::dimension_index(int dimension) const {
  const int index = dimension < 0 ? dimension + rank_ : dimension;
  if (index < 0 || index >= rank_) {
    throw ShapeError("[shape] dimension " + std::to_string(dimension) + " is outside the shape " +
                     to_string());
  }
  return index;
}

std::int64_t Shape::operator[](int dimension) const {
  return extents_[static_cast<std::size_t>(dimension_index(dimension))];
}

std::int64_t Shape::numel() const { return numel_from(0); }

std::int64_t Shape::numel_from(int first) const {
  std::int64_t count = 1;
  for (int i = first; i < rank_; ++i) count *= extents_[static_cast<std::size_t>(i)];
  return count;
}

Shape Shape::with(int dimension, std::int64_t extent) const {
  std::array<std::int64_t, kMaxRank> extents = extents_;
  extents[static_cast<std::size_t>(dimension_index(dimension))] = extent;
  return Shape(std::span<const std::int64_t>(extents.data(), static_cast<std::size_t>(rank_)));
}

bool Shape::operator==(const Shape& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

std::string Shape::to_string() const {
  std::string text = "[";
  for (const std::int64_t extent : *this) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

Shape broadcast_shape(const Shape& a, const Shape& b, const char* op) {
  const int rank = std::max(a.rank(), b.rank());
  std::array<std::int64_t, Shape::kMaxRank> extents{};
  for (int i = 1; i <= rank; ++i) {
    const std::int64_t left = i <= a.rank() ? a[-i] : 1;
    const std::int64_t right = i <= b.rank() ? b[-i] : 1;
    if (left != right && left != 1 && right != 1) {
      throw ShapeError(std::string("[") + op + "] shapes " + a.to_string() + " and " +
                       b.to_string() + " do not broadcast: extents " + std::to_string(left) +
                       " and " + std::to_string(right) + " differ in dimension " +
                       std::to_string(-i));
    }
    extents[static_cast<std::size_t>(rank - i)] = left == 1 ? right : left;
  }
  return Shape(std::span<const std::int64_t>(extents.data(), static_cast<std::size_t>(rank)));
}

}  // namespace credence

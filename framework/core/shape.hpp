// The shape of a tensor.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace credence {

/// The extents of a tensor, outermost dimension first. A shape of rank 0 is a scalar with one
/// element.
class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;
  /// Throws ShapeError for a negative extent, for more than kMaxRank extents, and where the product
  /// of the extents other than 0 is above 2⁶³ − 1.
  Shape(std::initializer_list<std::int64_t> extents);
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const { return rank_; }
  /// The extent of a dimension; a negative index counts from the end. Throws ShapeError outside the
  /// rank.
  std::int64_t operator[](int dimension) const;
  /// The number of elements: the product of all extents.
  std::int64_t numel() const;
  /// The product of the extents of the dimensions [first, rank).
  std::int64_t numel_from(int first) const;
  /// This shape with the extent of one dimension replaced. Throws ShapeError for a dimension
  /// outside the rank and as the constructor does.
  Shape with(int dimension, std::int64_t extent) const;
  /// The index of a dimension from the start; a negative one counts from the end. Throws ShapeError
  /// outside the rank.
  int dimension_index(int dimension) const;

  const std::int64_t* begin() const { return extents_.data(); }
  const std::int64_t* end() const { return extents_.data() + rank_; }

  bool operator==(const Shape& other) const;

  /// "[256, 1, 28, 28]"
  std::string to_string() const;

 private:
  int rank_ = 0;
  std::array<std::int64_t, kMaxRank> extents_{};
};

/// The common shape of two operands under NumPy's broadcasting rule: dimensions are aligned at the
/// end, and an extent of 1 or a missing dimension stretches. Throws ShapeError that names `op`
/// where two other extents differ.
Shape broadcast_shape(const Shape& a, const Shape& b, const char* op);

}  // namespace credence

// The rows of a batch that one process of several works on. Operations that draw a number for each
// element, or take statistics over the batch, read here which rows of the whole batch they see.
#pragma once

#include "framework/core/random.hpp"
#include "framework/core/shape.hpp"
#include "framework/group/group.hpp"

#include <cstdint>

namespace credence {

/// A share of every batch: of N samples the rows ⌊N begin / parts⌋, …, ⌊N end / parts⌋ − 1.
struct BatchShare {
  std::int64_t begin = 0;
  std::int64_t end = 1;
  std::int64_t parts = 1;
  bool whole() const { return begin == 0 && end == parts; }
  bool operator==(const BatchShare&) const = default;
};

/// Consecutive rows of a batch of `total` samples.
struct BatchRows {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t total = 0;
  /// false: a share without a row has one row of the batch in its place, which keeps its random
  /// draws and its calls of the group in step with those of the other ranks and counts for nothing.
  bool counted = true;

  std::int64_t counted_rows() const { return counted ? count : 0; }
  /// Of the whole batch, 0 to 1.
  double weight() const { return static_cast<double>(counted_rows()) / static_cast<double>(total); }
};
BatchRows rows_of(std::int64_t total, const BatchShare& share);

/// While an object is alive, operations on its thread work on some rows of a batch. Objects nest.
class BatchScope {
 public:
  /// Batch normalisation takes its statistics over the rows of all ranks where
  /// `shared_statistics`; then all ranks call it as often. The group must outlive the object.
  BatchScope(Group& group, const BatchRows& rows, bool shared_statistics);
  ~BatchScope();
  BatchScope(const BatchScope&) = delete;
  BatchScope& operator=(const BatchScope&) = delete;

  /// The innermost one of this thread; null where there is none.
  static const BatchScope* active();
  Group& group() const { return group_; }
  const BatchRows& rows() const { return rows_; }
  bool shared_statistics() const { return shared_statistics_; }

 private:
  Group& group_;
  BatchRows rows_;
  bool shared_statistics_;
  const BatchScope* outer_;
};

/// The stream from which a tensor of this shape draws, whose dimension 0 counts the samples of a
/// batch, or equally many rows for each of them: within a BatchScope the part of the whole batch's
/// draw that belongs to these rows, else the stream itself. Throws ShapeError where the extent of
/// dimension 0 is no multiple of the scope's rows.
RandomStream stream_of_rows(const RandomStream& stream, const Shape& shape);

}  // namespace credence

// Checks that several ops share. Each throws ShapeError in the form "[op] rule: what was given".
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"

#include <optional>

namespace credence {

/// Both operands have the same element type and device.
void check_same_type(const char* op, const Variable& a, const Variable& b);
/// The tensor has this rank; `what` names it.
void check_rank(const char* op, const char* what, const Variable& x, int rank);
/// `dimension` of `what` has this extent.
void check_extent(const char* op, const char* what, const Shape& shape, int dimension,
                  std::int64_t expected);

/// The labels are in [0, classes), or `ignored`; else ValueError. `element` is what one of them
/// belongs to: "row 2 has 3". On a device nothing is checked, because that would wait for it.
void check_labels_in_range(const char* op, const char* element, const Tensor& labels,
                           std::int64_t classes, std::optional<std::int64_t> ignored = {});

}  // namespace credence

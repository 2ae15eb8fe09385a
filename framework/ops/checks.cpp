// Checks that several ops share.
#include "framework/ops/checks.hpp"

#include <string>

namespace credence {

void check_same_type(const char* op, const Variable& a, const Variable& b) {
  if (a.dtype() == b.dtype() && a.device() == b.device()) return;
  throw ShapeError(std::string("[") + op + "] operands must share element type and device: " +
                   to_string(a.dtype()) + " on " + to_string(a.device()) + " and " +
                   to_string(b.dtype()) + " on " + to_string(b.device()));
}

void check_rank(const char* op, const char* what, const Variable& x, int rank) {
  if (x.shape().rank() == rank) return;
  throw ShapeError(std::string("[") + op + "] " + what + " must have " + std::to_string(rank) +
                   " dimensions, not the shape " + x.shape().to_string());
}

void check_extent(const char* op, const char* what, const Shape& shape, int dimension,
                  std::int64_t expected) {
  if (shape[dimension] == expected) return;
  throw ShapeError(std::string("[") + op + "] dimension " + std::to_string(dimension) + " of " +
                   what + " must be " + std::to_string(expected) + ", not that of the shape " +
                   shape.to_string());
}

void check_labels_in_range(const char* op, const char* element, const Tensor& labels,
                           std::int64_t classes, std::optional<std::int64_t> ignored) {
  if (labels.device() != Device::cpu) return;
  const auto* const label = labels.data<std::int64_t>();
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    if ((label[i] >= 0 && label[i] < classes) || label[i] == ignored) continue;
    throw ValueError(std::string("[") + op + "] labels must be at least 0 and below " +
                     std::to_string(classes) + ": " + element + ' ' + std::to_string(i) + " has " +
                     std::to_string(label[i]));
  }
}

}  // namespace credence

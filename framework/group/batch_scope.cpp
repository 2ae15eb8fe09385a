// The rows of a share, and the current scope of each thread.
#include "framework/group/batch_scope.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <string>

namespace credence {
namespace {

thread_local const BatchScope* innermost = nullptr;

}  // namespace

BatchRows rows_of(std::int64_t total, const BatchShare& share) {
  const std::int64_t first = total * share.begin / share.parts;
  const std::int64_t count = total * share.end / share.parts - first;
  if (count > 0 || total == 0) return {first, count, total, true};
  return {std::min(first, total - 1), 1, total, false};
}

BatchScope::BatchScope(Group& group, const BatchRows& rows, bool shared_statistics)
    : group_(group), rows_(rows), shared_statistics_(shared_statistics), outer_(innermost) {
  innermost = this;
}

BatchScope::~BatchScope() { innermost = outer_; }

const BatchScope* BatchScope::active() { return innermost; }

RandomStream stream_of_rows(const RandomStream& stream, const Shape& shape) {
  const BatchScope* const scope = BatchScope::active();
  if (scope == nullptr) return stream;
  const BatchRows& rows = scope->rows();
  if (shape.rank() == 0 || rows.count == 0 || shape[0] % rows.count != 0) {
    throw ShapeError("[noise] a tensor of the shape " + shape.to_string() +
                     " has no equal number of rows for each of the " + std::to_string(rows.count) +
                     " samples that this process has of its batch");
  }
  const std::int64_t elements_of_sample = shape.numel() / rows.count;
  return {stream.key, stream.draw, stream.offset + rows.first * elements_of_sample};
}

}  // namespace credence

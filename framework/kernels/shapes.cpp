// Loops with broadcasting: how the strides of two operands follow from their shapes.
#include "framework/kernels/shapes.hpp"

namespace credence {

BroadcastLoop broadcast_loop(const Shape& a, const Shape& b, const char* op) {
  const Shape common = broadcast_shape(a, b, op);
  BroadcastLoop reversed;  // innermost dimension first
  std::int64_t a_stride = 1;
  std::int64_t b_stride = 1;
  for (int i = 1; i <= common.rank(); ++i) {
    const std::int64_t extent = common[-i];
    const std::int64_t a_extent = i <= a.rank() ? a[-i] : 1;
    const std::int64_t b_extent = i <= b.rank() ? b[-i] : 1;
    const std::int64_t a_step = a_extent == 1 ? 0 : a_stride;
    const std::int64_t b_step = b_extent == 1 ? 0 : b_stride;
    a_stride *= a_extent;
    b_stride *= b_extent;
    if (extent == 1) continue;
    reversed.numel *= extent;
    const auto last = static_cast<std::size_t>(reversed.rank - 1);
    if (reversed.rank > 0 && a_step == reversed.a_strides[last] * reversed.extents[last] &&
        b_step == reversed.b_strides[last] * reversed.extents[last]) {
      reversed.extents[last] *= extent;
      continue;
    }
    const auto next = static_cast<std::size_t>(reversed.rank++);
    reversed.extents[next] = extent;
    reversed.a_strides[next] = a_step;
    reversed.b_strides[next] = b_step;
  }
  BroadcastLoop loop;
  loop.numel = common.numel();
  loop.rank = reversed.rank;
  for (int i = 0; i < loop.rank; ++i) {
    const auto to = static_cast<std::size_t>(i);
    const auto from = static_cast<std::size_t>(loop.rank - 1 - i);
    loop.extents[to] = reversed.extents[from];
    loop.a_strides[to] = reversed.a_strides[from];
    loop.b_strides[to] = reversed.b_strides[from];
  }
  return loop;
}

Reduction split_reduction(const BroadcastLoop& loop) {
  Reduction parts;
  for (int i = 0; i < loop.rank; ++i) {
    const auto from = static_cast<std::size_t>(i);
    BroadcastLoop& part = loop.b_strides[from] == 0 ? parts.summed : parts.kept;
    const auto to = static_cast<std::size_t>(part.rank++);
    part.extents[to] = loop.extents[from];
    part.a_strides[to] = loop.a_strides[from];
    part.b_strides[to] = loop.b_strides[from];
    part.numel *= loop.extents[from];
  }
  if (loop.numel == 0 && parts.kept.numel != 0) parts.summed.numel = 0;
  return parts;
}

}  // namespace credence

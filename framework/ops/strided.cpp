// Strided copies. On the CPU a loop over rows; on other devices the kernel of sums, whose loop
// takes strides.
#include "framework/ops/strided.hpp"

#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace credence {
namespace {

constexpr std::int64_t kGrain = 4096;

struct Dimension {
  std::int64_t extent;
  std::int64_t stride;      // in the view
  std::int64_t contiguous;  // in the other tensor
};

// The dimensions of a view with more than one element, of which neighbours that can be walked as
// one are merged.
std::vector<Dimension> dimensions_of(const StridedView& view) {
  const std::vector<std::int64_t> contiguous = contiguous_strides(view.shape);
  std::vector<Dimension> dimensions;
  for (int i = 0; i < view.shape.rank(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Dimension next{view.shape[i], view.strides[at], contiguous[at]};
    if (next.extent == 1) continue;
    if (!dimensions.empty() && dimensions.back().stride == next.stride * next.extent) {
      Dimension& last = dimensions.back();
      last = {last.extent * next.extent, next.stride, next.contiguous};
    } else {
      dimensions.push_back(next);
    }
  }
  return dimensions;
}

// Calls body(offset in the view, offset in the contiguous tensor, length, stride) for each row.
template <class Body>
void for_each_row(const StridedView& view, Body body) {
  std::vector<Dimension> dimensions = dimensions_of(view);
  if (dimensions.empty()) dimensions.push_back({1, 1, 1});
  const Dimension row = dimensions.back();
  dimensions.pop_back();
  const std::int64_t rows = view.shape.numel() / row.extent;
  parallel_for(rows, std::max<std::int64_t>(1, kGrain / row.extent),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   std::int64_t from = view.offset;
                   std::int64_t rest = i;
                   for (std::size_t d = dimensions.size(); d-- > 0;) {
                     from += rest % dimensions[d].extent * dimensions[d].stride;
                     rest /= dimensions[d].extent;
                   }
                   body(from, i * row.extent, row.extent, row.stride);
                 }
               });
}

void read_on_host(const Tensor& x, const StridedView& view, const Tensor& y) {
  visit_dtype(x.dtype(), [&]<class T>(T*) {
    const T* const source = x.data<T>();
    T* const target = y.data<T>();
    for_each_row(view,
                 [=](std::int64_t from, std::int64_t to, std::int64_t length, std::int64_t stride) {
                   if (stride == 1) {
                     std::copy_n(source + from, length, target + to);
                   } else {
                     for (std::int64_t i = 0; i < length; ++i)
                       target[to + i] = source[from + i * stride];
                   }
                 });
  });
}

void write_on_host(const Tensor& values, const StridedView& view, const Tensor& into) {
  visit_dtype(values.dtype(), [&]<class T>(T*) {
    const T* const source = values.data<T>();
    T* const target = into.data<T>();
    for_each_row(view,
                 [=](std::int64_t to, std::int64_t from, std::int64_t length, std::int64_t stride) {
                   for (std::int64_t i = 0; i < length; ++i)
                     target[to + i * stride] = source[from + i];
                 });
  });
}

// The loop of a kernel over the view's elements, from the first operand to the second.
BroadcastLoop loop_over(const StridedView& view, bool from_view) {
  BroadcastLoop loop;
  loop.numel = view.shape.numel();
  const std::vector<Dimension> dimensions = dimensions_of(view);
  for (const Dimension& dimension : dimensions) {
    const auto at = static_cast<std::size_t>(loop.rank++);
    loop.extents[at] = dimension.extent;
    loop.a_strides[at] = from_view ? dimension.stride : dimension.contiguous;
    loop.b_strides[at] = from_view ? dimension.contiguous : dimension.stride;
  }
  return loop;
}

}  // namespace

std::vector<std::int64_t> contiguous_strides(const Shape& shape) {
  std::vector<std::int64_t> strides;
  for (int i = 0; i < shape.rank(); ++i) strides.push_back(shape.numel_from(i + 1));
  return strides;
}

Tensor read_strided(const Tensor& x, const StridedView& view) {
  const Tensor y = Tensor::empty(view.shape, x.dtype(), x.device());
  read_strided(x, view, y);
  return y;
}

void read_strided(const Tensor& x, const StridedView& view, const Tensor& y) {
  if (view.shape.numel() == 0) return;
  if (x.device() == Device::cpu) {
    read_on_host(x, view, y);
    return;
  }
  // Sums of one element each.
  visit_kernels(x, [&]<class T>(const Kernels<T>& kernels) {
    kernels.sum_to(loop_over(view, true), x.data<T>() + view.offset, y);
  });
}

void write_strided(const Tensor& values, const StridedView& view, const Tensor& into) {
  if (view.shape.numel() == 0) return;
  if (values.device() == Device::cpu) {
    write_on_host(values, view, into);
    return;
  }
  // Sums of one element each.
  visit_kernels(values, [&]<class T>(const Kernels<T>& kernels) {
    kernels.sum_to(loop_over(view, false), values, into.data<T>() + view.offset);
  });
}

}  // namespace credence

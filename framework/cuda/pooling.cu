// Max and average pooling over windows of up to three dimensions, and their gradients.
// framework/ops/pooling.hpp has the conventions.
#include "framework/cuda/divider.hpp"
#include "framework/cuda/families.hpp"
#include "framework/cuda/runtime/launch.hpp"
#include "framework/formulas/long_sum.hpp"

#include <cmath>

namespace credence::cuda {
namespace {

struct Position {
  std::int64_t plane;
  std::int64_t at[3];
};

// The numbers that a kernel divides by: the extents of the array whose elements its threads have,
// and the strides of the windows.
struct Dividers {
  Divider extents[3];
  Divider stride[3];

  Dividers(const Extents3& array, const PoolShape& s) {
    for (std::size_t i = 0; i < 3; ++i) {
      extents[i] = Divider(array[i]);
      stride[i] = Divider(s.stride[i]);
    }
  }
};

__device__ inline Position position(const Dividers& by, std::int64_t index) {
  Position result{};
  for (int i = 2; i >= 0; --i) {
    const std::int64_t rest = by.extents[i].quotient(index);
    result.at[i] = by.extents[i].remainder(index, rest);
    index = rest;
  }
  result.plane = index;
  return result;
}

// A range of positions along each dimension.
struct Box {
  std::int64_t begin[3];
  std::int64_t end[3];
};

// The part of a window that lies inside the image.
__device__ inline Box window(const PoolShape& s, const Position& out) {
  Box box{};
  for (int i = 0; i < 3; ++i) {
    const std::int64_t start = out.at[i] * s.stride[i] - s.padding[i];
    const std::int64_t end = start + s.kernel[i];
    box.begin[i] = start < 0 ? 0 : start;
    box.end[i] = end < s.input[i] ? end : s.input[i];
  }
  return box;
}

// The windows that contain an element of the image.
__device__ inline Box windows_of(const PoolShape& s, const Dividers& by, const Position& in) {
  Box box{};
  for (int i = 0; i < 3; ++i) {
    const std::int64_t padded = in.at[i] + s.padding[i];
    const std::int64_t before = padded - s.kernel[i];
    const std::int64_t end = by.stride[i].quotient(padded) + 1;
    box.begin[i] = before < 0 ? 0 : by.stride[i].quotient(before) + 1;
    box.end[i] = end < s.output[i] ? end : s.output[i];
  }
  return box;
}

// Calls body(offset in a plane of these extents) for each position of the box, in order.
template <class Body>
__device__ void for_each(const Box& box, const Extents3& extents, Body body) {
  for (std::int64_t d = box.begin[0]; d < box.end[0]; ++d) {
    for (std::int64_t h = box.begin[1]; h < box.end[1]; ++h) {
      for (std::int64_t w = box.begin[2]; w < box.end[2]; ++w) {
        body((d * extents[1] + h) * extents[2] + w);
      }
    }
  }
}

constexpr std::int64_t volume(const Extents3& e) { return ConvolutionShape::volume(e); }

template <class T>
__global__ void max_pool(PoolShape s, Dividers by, std::int64_t outputs, std::int64_t in_numel,
                         const T* x, T* y, std::int32_t* index) {
  for (std::int64_t i = first_index(); i < outputs; i += index_step()) {
    const Position out = position(by, i);
    const Box box = window(s, out);
    const T* const image = x + out.plane * in_numel;
    T largest = -static_cast<T>(INFINITY);
    std::int64_t offset = (box.begin[0] * s.input[1] + box.begin[1]) * s.input[2] + box.begin[2];
    // A NaN counts as larger than any number; of several, the last wins.
    for_each(box, s.input, [&](std::int64_t at) {
      const T value = image[at];
      if (!(value > largest) && value == value) return;
      largest = value;
      offset = at;
    });
    y[i] = largest;
    index[i] = static_cast<std::int32_t>(offset);
  }
}

// Each element adds up the gradients of its windows, so that no two threads write to the same
// place.
template <class T>
__global__ void max_pool_gradient(PoolShape s, Dividers by, std::int64_t inputs,
                                  std::int64_t in_numel, std::int64_t out_numel, const T* grad_y,
                                  const std::int32_t* index, T* grad_x) {
  for (std::int64_t i = first_index(); i < inputs; i += index_step()) {
    const Position in = position(by, i);
    const std::int64_t first = in.plane * out_numel;
    const std::int64_t own = i - in.plane * in_numel;
    formulas::LongSum<T> sum;
    for_each(windows_of(s, by, in), s.output, [&](std::int64_t at) {
      if (index[first + at] == own) sum.add(grad_y[first + at]);
    });
    grad_x[i] = sum.total();
  }
}

template <class T>
__global__ void average_pool(PoolShape s, Dividers by, std::int64_t outputs, std::int64_t in_numel,
                             T share, const T* x, T* y) {
  for (std::int64_t i = first_index(); i < outputs; i += index_step()) {
    const Position out = position(by, i);
    const T* const image = x + out.plane * in_numel;
    formulas::LongSum<T> sum;
    for_each(window(s, out), s.input, [&](std::int64_t at) { sum.add(image[at]); });
    y[i] = sum.total() * share;
  }
}

template <class T>
__global__ void average_pool_gradient(PoolShape s, Dividers by, std::int64_t inputs,
                                      std::int64_t out_numel, T share, const T* grad_y, T* grad_x) {
  for (std::int64_t i = first_index(); i < inputs; i += index_step()) {
    const Position in = position(by, i);
    const T* const grad = grad_y + in.plane * out_numel;
    formulas::LongSum<T> sum;
    for_each(windows_of(s, by, in), s.output, [&](std::int64_t at) { sum.add(grad[at]); });
    grad_x[i] = sum.total() * share;
  }
}

template <class T>
void max_pool_forward(const PoolShape& s, const T* x, T* y, std::int32_t* index) {
  const std::int64_t outputs = s.planes * volume(s.output);
  if (outputs == 0) return;
  const device::Work work =
      elements<T>(s.planes * volume(s.input), outputs, outputs * volume(s.kernel)) +
      elements<std::int32_t>(0, outputs);
  launch("max_pool", {blocks_for(outputs), work}, &max_pool<T>, s, Dividers(s.output, s), outputs,
         volume(s.input), x, y, index);
}

template <class T>
void max_pool_backward(const PoolShape& s, const T* grad_y, const std::int32_t* index, T* grad_x) {
  const std::int64_t inputs = s.planes * volume(s.input);
  if (inputs == 0) return;
  const std::int64_t outputs = s.planes * volume(s.output);
  const device::Work work =
      elements<T>(outputs, inputs, outputs) + elements<std::int32_t>(outputs, 0);
  launch({"max_pool", "backward"}, {blocks_for(inputs), work}, &max_pool_gradient<T>, s,
         Dividers(s.input, s), inputs, volume(s.input), volume(s.output), grad_y, index, grad_x);
}

// Padding counts as elements of value 0.
template <class T>
T share_of_one(const PoolShape& s) {
  return T(1) / static_cast<T>(volume(s.kernel));
}

template <class T>
void average_pool_forward(const PoolShape& s, const T* x, T* y) {
  const std::int64_t outputs = s.planes * volume(s.output);
  if (outputs == 0) return;
  const device::Work work =
      elements<T>(s.planes * volume(s.input), outputs, outputs * (volume(s.kernel) + 1));
  launch("average_pool", {blocks_for(outputs), work}, &average_pool<T>, s, Dividers(s.output, s),
         outputs, volume(s.input), share_of_one<T>(s), x, y);
}

template <class T>
void average_pool_backward(const PoolShape& s, const T* grad_y, T* grad_x) {
  const std::int64_t inputs = s.planes * volume(s.input);
  if (inputs == 0) return;
  const std::int64_t outputs = s.planes * volume(s.output);
  const device::Work work = elements<T>(outputs, inputs, outputs * volume(s.kernel) + inputs);
  launch({"average_pool", "backward"}, {blocks_for(inputs), work}, &average_pool_gradient<T>, s,
         Dividers(s.input, s), inputs, volume(s.output), share_of_one<T>(s), grad_y, grad_x);
}

template <class T>
void list(Kernels<T>& table) {
  table.max_pool_forward = &max_pool_forward<T>;
  table.max_pool_backward = &max_pool_backward<T>;
  table.average_pool_forward = &average_pool_forward<T>;
  table.average_pool_backward = &average_pool_backward<T>;
}

}  // namespace

void list_pooling(Kernels<float>& table) { list(table); }
void list_pooling(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda

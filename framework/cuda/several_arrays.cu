// Kernels of several arrays: sums of gradients, variances of random weights, and sums of a function
// over all arrays, and sums of scalars. One kernel passes over kArraysOfKernel of them at most.
#include "framework/cuda/block.hpp"
#include "framework/cuda/families.hpp"
#include "framework/cuda/runtime/workspace.hpp"
#include "framework/formulas/arithmetic.hpp"
#include "framework/formulas/pointwise.hpp"

#include <algorithm>
#include <vector>

namespace credence::cuda {
namespace {

// The number of elements of an item that one block passes over at most.
constexpr std::int64_t kPerBlock = 16 * kThreads;

// Arrays of n elements that belong together.
template <class T>
struct Item {
  std::int64_t n = 0;
  const T* read[3] = {};
  T* written[2] = {};  // null where a result is not wanted
};

// The items of one kernel, as its argument: the device permits 4 KiB.
template <class T>
struct Items {
  unsigned first_block[kArraysOfKernel + 1] = {};  // of each item, then the number of all blocks
  Item<T> items[kArraysOfKernel] = {};

  // For the emulation, which checks that all memory is alive.
  std::vector<const void*> addresses() const {
    std::vector<const void*> all;
    for (const Item<T>& item : items) {
      all.insert(all.end(), std::begin(item.read), std::end(item.read));
      all.insert(all.end(), std::begin(item.written), std::end(item.written));
    }
    return all;
  }
};

// Calls body(item, begin, end) for the elements of an item that this block passes over.
template <class T, class Body>
__device__ void visit_part(const Items<T>& list, Body body) {
  unsigned at = 0;
  while (blockIdx.x >= list.first_block[at + 1]) ++at;
  const Item<T>& item = list.items[at];
  const std::int64_t begin = kPerBlock * (blockIdx.x - list.first_block[at]);
  body(item, begin, begin + kPerBlock < item.n ? begin + kPerBlock : item.n);
}

template <class T, class Function>
__global__ void for_each_element(const __grid_constant__ Items<T> list, Function function) {
  visit_part(list, [&](const Item<T>& item, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin + threadIdx.x; i < end; i += kThreads) function(item, i);
  });
}

// partial [blocks]
template <class T, class Function>
__global__ void sum_elements(const __grid_constant__ Items<T> list, Function function,
                             double* partial) {
  double sum = 0;
  visit_part(list, [&](const Item<T>& item, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
      sum += static_cast<double>(function(item.read[0][i]));
    }
  });
  sum = block_reduce(sum, Sum{});
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// Calls body(list, blocks, elements) for each kernel that the items need.
template <class T, class Body>
void for_each_kernel(const std::vector<Item<T>>& all, Body body) {
  for (std::size_t from = 0; from < all.size(); from += kArraysOfKernel) {
    const std::size_t count = std::min(kArraysOfKernel, all.size() - from);
    Items<T> list;
    unsigned blocks = 0;
    std::int64_t elements_of_all = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Item<T>& item = list.items[i] = all[from + i];
      elements_of_all += item.n;
      blocks += static_cast<unsigned>((item.n + kPerBlock - 1) / kPerBlock);
      list.first_block[i + 1] = blocks;
    }
    if (blocks > 0) body(list, blocks, elements_of_all);
  }
}

template <class T>
__global__ void add_weighted(WeightedScalars<T> scalars, T* y) {
  double sum = 0;
  for (int i = 0; i < scalars.x.count; ++i) {
    sum += scalars.factors[i] * static_cast<double>(*scalars.x.values[i]);
  }
  if (first_index() == 0) *y = static_cast<T>(sum);
}

template <class T>
__global__ void spread_weighted(WeightedScalars<T> scalars, const T* grad_y, T* grad_x) {
  for (std::int64_t i = first_index(); i < scalars.x.count; i += index_step()) {
    grad_x[i] = static_cast<T>(scalars.factors[i] * static_cast<double>(*grad_y));
  }
}

struct Add {
  template <class T>
  constexpr void operator()(const Item<T>& item, std::int64_t i) const {
    item.written[0][i] += item.read[0][i];
  }
};

struct ScaledSquareForward {
  template <class T>
  constexpr void operator()(const Item<T>& item, std::int64_t i) const {
    item.written[0][i] = arithmetic::ScaledSquare::forward(item.read[0][i], item.read[1][i]);
  }
};

struct ScaledSquareBackward {
  template <class T>
  constexpr void operator()(const Item<T>& item, std::int64_t i) const {
    using Functor = arithmetic::ScaledSquare;
    const T a = item.read[0][i];
    const T b = item.read[1][i];
    const T grad = item.read[2][i];
    if (item.written[0] != nullptr) item.written[0][i] = Functor::backward_a(a, b, grad);
    if (item.written[1] != nullptr) item.written[1][i] = Functor::backward_b(a, b, grad);
  }
};

struct LogSigmoidForward {
  template <class T>
  constexpr T operator()(T x) const {
    return pointwise::LogSigmoid({}).forward(x);
  }
};

template <class T>
struct LogSigmoidBackward {
  T factor;
  const T* grad_sum;
  constexpr void operator()(const Item<T>& item, std::int64_t i) const {
    item.written[0][i] = pointwise::LogSigmoid({}).backward(item.read[0][i], factor * *grad_sum);
  }
};

template <class T>
void accumulate(std::span<const Addition<T>> additions) {
  std::vector<Item<T>> items;
  for (const Addition<T>& one : additions) items.push_back({one.n, {one.x, one.y}, {one.y}});
  for_each_kernel(items, [](const Items<T>& list, unsigned blocks, std::int64_t n) {
    launch("accumulate", {blocks, elements<T>(2 * n, n, n)}, &for_each_element<T, Add>, list,
           Add{});
  });
}

template <class T>
void scaled_squares_forward(std::span<const ScaledSquare<T>> squares) {
  std::vector<Item<T>> items;
  for (const ScaledSquare<T>& one : squares) {
    items.push_back({one.n, {one.log_scale, one.x}, {one.y}});
  }
  for_each_kernel(items, [](const Items<T>& list, unsigned blocks, std::int64_t n) {
    launch("scaled_squares", {blocks, elements<T>(2 * n, n, n)},
           &for_each_element<T, ScaledSquareForward>, list, ScaledSquareForward{});
  });
}

template <class T>
void scaled_squares_backward(std::span<const ScaledSquareGradient<T>> gradients) {
  std::vector<Item<T>> items;
  for (const ScaledSquareGradient<T>& one : gradients) {
    items.push_back({one.n, {one.log_scale, one.x, one.grad_y}, {one.grad_log_scale, one.grad_x}});
  }
  for_each_kernel(items, [](const Items<T>& list, unsigned blocks, std::int64_t n) {
    std::int64_t written = 0;
    for (const Item<T>& item : list.items) {
      for (const T* result : item.written) written += result == nullptr ? 0 : item.n;
    }
    launch({"scaled_squares", "backward"}, {blocks, elements<T>(3 * n, written, written)},
           &for_each_element<T, ScaledSquareBackward>, list, ScaledSquareBackward{});
  });
}

template <class T>
void log_sigmoid_sum_forward(std::span<const Array<T>> arrays, double factor, T* sum) {
  std::vector<Item<T>> items;
  std::int64_t parts = 0;
  for (const Array<T>& one : arrays) items.push_back({one.n, {one.x}, {}});
  for_each_kernel(items, [&](const Items<T>&, unsigned blocks, std::int64_t) { parts += blocks; });
  const Workspace<double> partial(parts);
  double* next = partial.data();
  for_each_kernel(items, [&](const Items<T>& list, unsigned blocks, std::int64_t n) {
    launch("log_sigmoid_sum", {blocks, elements<T>(n, 0, 2 * n) + elements<double>(0, blocks)},
           &sum_elements<T, LogSigmoidForward>, list, LogSigmoidForward{}, next);
    next += blocks;
  });
  launch({"log_sigmoid_sum", "of parts"},
         {1, elements<double>(parts, 0, parts) + elements<T>(0, 1)}, &add_partial<T>, parts,
         static_cast<const double*>(partial.data()), factor, sum);
}

template <class T>
void log_sigmoid_sum_backward(std::span<const SumGradient<T>> gradients, double factor,
                              const T* grad_sum) {
  const LogSigmoidBackward<T> function{static_cast<T>(factor), grad_sum};
  std::vector<Item<T>> items;
  for (const SumGradient<T>& one : gradients) items.push_back({one.n, {one.x}, {one.grad_x}});
  for_each_kernel(items, [&](const Items<T>& list, unsigned blocks, std::int64_t n) {
    launch({"log_sigmoid_sum", "backward"}, {blocks, elements<T>(n + 1, n, n)},
           &for_each_element<T, LogSigmoidBackward<T>>, list, function);
  });
}

template <class T>
void weighted_sum_forward(const WeightedScalars<T>& scalars, T* y) {
  const std::int64_t n = scalars.x.count;
  launch("weighted_sum", {1, elements<T>(n, 1, 2 * n)}, &add_weighted<T>, scalars, y);
}

template <class T>
void weighted_sum_backward(const WeightedScalars<T>& scalars, const T* grad_y, T* grad_x) {
  const std::int64_t n = scalars.x.count;
  launch({"weighted_sum", "backward"}, {1, elements<T>(1, n, n)}, &spread_weighted<T>, scalars,
         grad_y, grad_x);
}

template <class T>
void list(Kernels<T>& table) {
  table.accumulate = &accumulate<T>;
  table.scaled_squares_forward = &scaled_squares_forward<T>;
  table.scaled_squares_backward = &scaled_squares_backward<T>;
  table.log_sigmoid_sum_forward = &log_sigmoid_sum_forward<T>;
  table.log_sigmoid_sum_backward = &log_sigmoid_sum_backward<T>;
  table.weighted_sum_forward = &weighted_sum_forward<T>;
  table.weighted_sum_backward = &weighted_sum_backward<T>;
}

}  // namespace

void list_several_arrays(Kernels<float>& table) { list(table); }
void list_several_arrays(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda

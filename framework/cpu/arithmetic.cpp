// Kernels of arithmetic with broadcasting: y = a ∘ b for each function of the catalogue in
// framework/formulas/arithmetic.hpp, with its gradients; sums over broadcast dimensions; and the
// small sums and searches of an evaluation (argmax, correct predictions, running totals).
#include "framework/cpu/families.hpp"
#include "framework/cpu/simd/loops.hpp"
#include "framework/formulas/classification.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Where one row of the loop starts in each operand. A row is the last dimension.
struct Row {
  std::int64_t a;
  std::int64_t b;
  std::int64_t y;
};

std::int64_t row_length(const BroadcastLoop& loop) {
  return loop.rank == 0 ? 1 : loop.extents[static_cast<std::size_t>(loop.rank - 1)];
}

template <class Body>
void for_each_row(const BroadcastLoop& loop, Body body) {
  if (loop.numel == 0) return;
  const std::int64_t length = row_length(loop);
  const std::int64_t rows = loop.numel / length;
  const std::int64_t rows_per_range = length >= kGrain ? 1 : kGrain / length;
  parallel_for(rows, rows_per_range, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      Row start{0, 0, row * length};
      std::int64_t rest = row;
      for (int i = loop.rank - 2; i >= 0; --i) {
        const auto dimension = static_cast<std::size_t>(i);
        const std::int64_t index = rest % loop.extents[dimension];
        rest /= loop.extents[dimension];
        start.a += index * loop.a_strides[dimension];
        start.b += index * loop.b_strides[dimension];
      }
      body(start);
    }
  });
}

// The row of an operand as vectors. Its elements are contiguous, or one element serves all lanes.
template <class T>
struct Operand {
  const T* row;
  bool broadcast;

  Lanes<T> at(std::int64_t i, std::int64_t count) const {
    if (broadcast) return Lanes<T>(*row);
    return load_some(row + i, count);
  }
};

template <class T, class Body>
void walk(const BroadcastLoop& loop, const T* a, const T* b, Body body) {
  const std::int64_t length = row_length(loop);
  const auto last = static_cast<std::size_t>(loop.rank == 0 ? 0 : loop.rank - 1);
  const bool a_broadcast = loop.a_strides[last] == 0;
  const bool b_broadcast = loop.b_strides[last] == 0;
  for_each_row(loop, [&](const Row& row) {
    const Operand<T> left{a + row.a, a_broadcast};
    const Operand<T> right{b + row.b, b_broadcast};
    for (std::int64_t i = 0; i < length; i += kWidth<T>) {
      const std::int64_t count = length - i < kWidth<T> ? length - i : kWidth<T>;
      body(left.at(i, count), right.at(i, count), row.y + i, count);
    }
  });
}

template <class T, class Functor>
void forward(const BroadcastLoop& loop, const T* a, const T* b, T* y) {
  walk(loop, a, b, [&](Lanes<T> left, Lanes<T> right, std::int64_t i, std::int64_t count) {
    store_some(y + i, Functor::forward(left, right), count);
  });
}

template <class T, class Functor>
void backward(const BroadcastLoop& loop, const T* a, const T* b, const T* grad_y, T* grad_a,
              T* grad_b) {
  walk(loop, a, b, [&](Lanes<T> left, Lanes<T> right, std::int64_t i, std::int64_t count) {
    const Lanes<T> grad = load_some(grad_y + i, count);
    if (grad_a != nullptr) store_some(grad_a + i, Functor::backward_a(left, right, grad), count);
    if (grad_b != nullptr) store_some(grad_b + i, Functor::backward_b(left, right, grad), count);
  });
}

// The offsets of element `index` of a loop in both operands.
Row offsets(const BroadcastLoop& loop, std::int64_t index) {
  Row row{0, 0, 0};
  for (int i = loop.rank - 1; i >= 0; --i) {
    const auto dimension = static_cast<std::size_t>(i);
    const std::int64_t position = index % loop.extents[dimension];
    index /= loop.extents[dimension];
    row.a += position * loop.a_strides[dimension];
    row.b += position * loop.b_strides[dimension];
  }
  return row;
}

// The sum of the elements that the loop walks through. It is made in double, because terms that lie
// apart cannot be added a vector at a time anyway.
template <class T>
double sum_one(const BroadcastLoop& summed, const T* x) {
  if (summed.numel == 0) return 0;
  const auto last = static_cast<std::size_t>(summed.rank - 1);
  const std::int64_t length = summed.rank == 0 ? 1 : summed.extents[last];
  const std::int64_t step = summed.rank == 0 ? 1 : summed.a_strides[last];
  double total = 0;
  for (std::int64_t row = 0; row < summed.numel / length; ++row) {
    const T* start = x + offsets(summed, row * length).a;
    if (step == 1) {
      total += static_cast<double>(sum_contiguous(start, length));
    } else {
      for (std::int64_t i = 0; i < length; ++i) total += static_cast<double>(start[i * step]);
    }
  }
  return total;
}

template <class T>
void sum_all(std::int64_t n, const T* x, T* y) {
  *y = static_cast<T>(sum_ranges(n, [=](std::int64_t begin, std::int64_t end) {
    return static_cast<double>(sum_contiguous(x + begin, end - begin));
  }));
}

template <class T>
void sum_to(const BroadcastLoop& loop, const T* x, T* y) {
  const Reduction parts = split_reduction(loop);
  if (parts.kept.numel == 1 && parts.summed.rank == 1) {
    sum_all(loop.numel, x, y);
    return;
  }
  const std::int64_t work = parts.summed.numel < 1 ? 1 : parts.summed.numel;
  parallel_for(parts.kept.numel, work >= kGrain ? 1 : kGrain / work,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const Row row = offsets(parts.kept, i);
                   y[row.b] = static_cast<T>(sum_one(parts.summed, x + row.a));
                 }
               });
}

template <class T>
void argmax(std::int64_t rows, std::int64_t columns, const T* x, std::int64_t* index) {
  for (std::int64_t row = 0; row < rows; ++row) {
    index[row] = formulas::first_largest(columns, x + row * columns);
  }
}

template <class T>
void add_correct(std::int64_t rows, std::int64_t columns, const T* x, const std::int64_t* label,
                 double* total) {
  for (std::int64_t row = 0; row < rows; ++row) {
    *total += formulas::correct(columns, x + row * columns, label[row]);
  }
}

template <class T>
void add_scalars(const Scalars<T>& scalars, double factor, double* totals) {
  for (int i = 0; i < scalars.count; ++i) {
    totals[i] += factor * static_cast<double>(*scalars.values[static_cast<std::size_t>(i)]);
  }
}

template <class T, class... Functors>
void list(Kernels<T>& table, pointwise::List<Functors...>) {
  table.arithmetic_forward = {&forward<T, Functors>...};
  table.arithmetic_backward = {&backward<T, Functors>...};
  table.sum_to = &sum_to<T>;
  table.argmax = &argmax<T>;
  table.add_correct = &add_correct<T>;
  table.add_scalars = &add_scalars<T>;
}

}  // namespace

void list_arithmetic(Kernels<Element>& table) { list(table, arithmetic::Catalogue{}); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

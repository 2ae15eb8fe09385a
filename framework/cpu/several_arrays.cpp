// Kernels of several arrays: sums of gradients, variances of random weights, and sums of a function
// over all arrays, and sums of scalars. The CPU passes over one array after the other.
#include "framework/cpu/families.hpp"
#include "framework/cpu/simd/loops.hpp"
#include "framework/formulas/arithmetic.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

template <class T>
void accumulate(std::span<const Addition<T>> additions) {
  for (const Addition<T>& one : additions) {
    map(
        one.n, one.y, [](auto a, auto b) { return a + b; }, static_cast<const T*>(one.y), one.x);
  }
}

template <class T>
void scaled_squares_forward(std::span<const ScaledSquare<T>> squares) {
  for (const ScaledSquare<T>& one : squares) {
    map(
        one.n, one.y, [](auto a, auto b) { return arithmetic::ScaledSquare::forward(a, b); },
        one.log_scale, one.x);
  }
}

template <class T>
void scaled_squares_backward(std::span<const ScaledSquareGradient<T>> gradients) {
  using Functor = arithmetic::ScaledSquare;
  for (const ScaledSquareGradient<T>& one : gradients) {
    if (one.grad_log_scale != nullptr) {
      map(
          one.n, one.grad_log_scale,
          [](auto a, auto b, auto grad) { return Functor::backward_a(a, b, grad); }, one.log_scale,
          one.x, one.grad_y);
    }
    if (one.grad_x != nullptr) {
      map(
          one.n, one.grad_x,
          [](auto a, auto b, auto grad) { return Functor::backward_b(a, b, grad); }, one.log_scale,
          one.x, one.grad_y);
    }
  }
}

// The sum of the function over one range.
template <class T>
double sum_of_function(const pointwise::LogSigmoid& function, const T* x, std::int64_t n) {
  constexpr std::int64_t kBlock = 1024;
  T values[kBlock];
  double total = 0;
  for (std::int64_t i = 0; i < n; i += kBlock) {
    const std::int64_t count = n - i < kBlock ? n - i : kBlock;
    map_serial(
        count, values, [function](auto v) { return function.forward(v); }, x + i);
    total += static_cast<double>(sum_block(static_cast<const T*>(values), count));
  }
  return total;
}

template <class T>
void log_sigmoid_sum_forward(std::span<const Array<T>> arrays, double factor, T* sum) {
  const pointwise::LogSigmoid function{{}};
  double total = 0;
  for (const Array<T>& one : arrays) {
    total += sum_ranges(one.n, [&](std::int64_t begin, std::int64_t end) {
      return sum_of_function(function, one.x + begin, end - begin);
    });
  }
  *sum = static_cast<T>(factor * total);
}

template <class T>
void log_sigmoid_sum_backward(std::span<const SumGradient<T>> gradients, double factor,
                              const T* grad_sum) {
  const pointwise::LogSigmoid function{{}};
  const T scaled = static_cast<T>(factor) * *grad_sum;
  for (const SumGradient<T>& one : gradients) {
    map(
        one.n, one.grad_x,
        [function, grad = Lanes<T>(scaled)](auto x) { return function.backward(x, grad); }, one.x);
  }
}

template <class T>
void weighted_sum_forward(const WeightedScalars<T>& scalars, T* y) {
  double sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(scalars.x.count); ++i) {
    sum += scalars.factors[i] * static_cast<double>(*scalars.x.values[i]);
  }
  *y = static_cast<T>(sum);
}

template <class T>
void weighted_sum_backward(const WeightedScalars<T>& scalars, const T* grad_y, T* grad_x) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(scalars.x.count); ++i) {
    grad_x[i] = static_cast<T>(scalars.factors[i] * static_cast<double>(*grad_y));
  }
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

void list_several_arrays(Kernels<Element>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

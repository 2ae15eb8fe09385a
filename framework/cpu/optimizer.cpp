// The loops of optimiser steps over flat arrays: Adam and SGD, whose formulas are in
// framework/formulas/optimizer.hpp, the sum of squares of a gradient, and the clipping of its norm.
#include "framework/formulas/optimizer.hpp"

#include "framework/cpu/families.hpp"
#include "framework/cpu/simd/loops.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Calls body(first element, count) for the vectors of [0, n). Only the last one of a range may have
// fewer than kWidth elements.
template <class T, class Body>
void for_each_vector(std::int64_t n, Body body) {
  parallel_for(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    // A copy, because the compiler must assume that a store changes what a reference refers to.
    const Body own = body;
    std::int64_t i = begin;
    for (; i + kWidth<T> <= end; i += kWidth<T>) own(i, kWidth<T>);
    if (i < end) own(i, end - i);
  });
}

// A loop of its own: a branch in that of plain Adam would change how its products and sums are
// contracted, and so its bits.
template <class T>
void adam_step_with_options(const AdamStep* step, std::int64_t n, const T* grad, T* parameter,
                            T* mean, T* variance, T* largest) {
  using V = Lanes<T>;
  const formulas::AdamUpdate<V> update(*step);
  for_each_vector<T>(n, [=](std::int64_t i, std::int64_t count) {
    V p = load_some(parameter + i, count);
    V m = load_some(mean + i, count);
    V v = load_some(variance + i, count);
    V most(0);
    if (largest != nullptr) most = load_some(largest + i, count);
    update.with_options(load_some(grad + i, count), p, m, v, largest != nullptr ? &most : nullptr);
    if (largest != nullptr) store_some(largest + i, most, count);
    store_some(mean + i, m, count);
    store_some(variance + i, v, count);
    store_some(parameter + i, p, count);
  });
}

template <class T>
void adam_step(const AdamStep* step, std::int64_t n, const T* grad, T* parameter, T* mean,
               T* variance, T* largest) {
  if (largest != nullptr || step->maximize) {
    adam_step_with_options(step, n, grad, parameter, mean, variance, largest);
    return;
  }
  using V = Lanes<T>;
  const formulas::AdamUpdate<V> update(*step);
  for_each_vector<T>(n, [=](std::int64_t i, std::int64_t count) {
    V p = load_some(parameter + i, count);
    V m = load_some(mean + i, count);
    V v = load_some(variance + i, count);
    update(load_some(grad + i, count), p, m, v);
    store_some(mean + i, m, count);
    store_some(variance + i, v, count);
    store_some(parameter + i, p, count);
  });
}

template <class T>
void sgd_step(const SgdStep* step, std::int64_t n, const T* grad, T* parameter, T* velocity) {
  using V = Lanes<T>;
  const formulas::SgdUpdate<V> update(*step);
  for_each_vector<T>(n, [=](std::int64_t i, std::int64_t count) {
    const V g = load_some(grad + i, count);
    V p = load_some(parameter + i, count);
    if (velocity == nullptr) {
      update(g, p);
    } else {
      V v = load_some(velocity + i, count);
      update(g, p, v);
      store_some(velocity + i, v, count);
    }
    store_some(parameter + i, p, count);
  });
}

// The sum of squares in sixteen running sums, whatever the instruction set: enough chains of
// additions that none waits for the one before it.
template <class T>
double square_sum_of(std::int64_t n, const T* x) {
  constexpr std::int64_t kSums = 16;
  double sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (std::int64_t j = 0; j < kSums; ++j) {
      const auto value = static_cast<double>(x[i + j]);
      sums[j] += value * value;
    }
  }
  for (; i < n; ++i) {
    const auto value = static_cast<double>(x[i]);
    sums[i % kSums] += value * value;
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

template <class T>
void square_sum(std::int64_t n, const T* x, double* sum) {
  *sum = sum_ranges(n, [=](std::int64_t begin, std::int64_t end) {
    return square_sum_of(end - begin, x + begin);
  });
}

template <class T>
void clip_norm(double max_norm, std::int64_t n, const double* square_sum, T* norm, T* x) {
  const formulas::ClipScale clip(max_norm, *square_sum);
  *norm = static_cast<T>(clip.norm);
  if (!clip.needed) return;
  const Lanes<T> scale(clip.scale);
  for_each_vector<T>(n, [=](std::int64_t i, std::int64_t count) {
    store_some(x + i, scale * load_some(x + i, count), count);
  });
}

template <class T>
void list(Kernels<T>& table) {
  table.adam_step = &adam_step<T>;
  table.sgd_step = &sgd_step<T>;
  table.square_sum = &square_sum<T>;
  table.clip_norm = &clip_norm<T>;
}

}  // namespace

void list_optimizer(Kernels<Element>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

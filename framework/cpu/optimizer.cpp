#include "framework/cpu/families.hpp"
#include "framework/cpu/loops.hpp"

#include <cmath>

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Calls body(first element, count) for the vectors of [0, n); only a range's last may have fewer
// than kWidth elements.
template <class T, class Body>
void for_each_vector(std::int64_t n, Body body) {
  parallel_for(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t i = begin;
    for (; i + kWidth<T> <= end; i += kWidth<T>) body(i, kWidth<T>);
    if (i < end) body(i, end - i);
  });
}

template <class T>
void adam_step(const AdamStep& step, std::int64_t n, const T* grad, T* parameter, T* mean,
               T* variance) {
  using V = Lanes<T>;
  const V beta1(step.beta1);
  const V beta2(step.beta2);
  const V rest1(1 - step.beta1);
  const V rest2(1 - step.beta2);
  // Weight decay either joins the gradient or shrinks the parameter directly (Loshchilov and Hutter
  // 2019).
  const V penalty(step.decoupled_weight_decay ? 0 : step.weight_decay);
  const V shrink(step.decoupled_weight_decay ? 1 - step.learning_rate * step.weight_decay : 1.0);
  const V rate(step.learning_rate / step.correction1);
  const V scale(1 / std::sqrt(step.correction2));
  const V epsilon(step.epsilon);
  for_each_vector<T>(n, [=](std::int64_t i, std::int64_t count) {
    using std::sqrt;
    const V p = load_some(parameter + i, count);
    const V g = load_some(grad + i, count) + penalty * p;
    const V m = beta1 * load_some(mean + i, count) + rest1 * g;
    const V v = beta2 * load_some(variance + i, count) + rest2 * (g * g);
    store_some(mean + i, m, count);
    store_some(variance + i, v, count);
    store_some(parameter + i, shrink * p - rate * m / (sqrt(v) * scale + epsilon), count);
  });
}

template <class T>
void sgd_step(const SgdStep& step, std::int64_t n, const T* grad, T* parameter, T* velocity) {
  using V = Lanes<T>;
  const V rate(step.learning_rate);
  const V momentum(step.momentum);
  const V penalty(step.weight_decay);
  if (velocity == nullptr) {
    map(
        n, parameter, [=](V p, V g) { return p - rate * (g + penalty * p); },
        static_cast<const T*>(parameter), grad);
    return;
  }
  const bool nesterov = step.nesterov;
  for_each_vector<T>(n, [=](std::int64_t i, std::int64_t count) {
    const V p = load_some(parameter + i, count);
    const V g = load_some(grad + i, count) + penalty * p;
    const V v = momentum * load_some(velocity + i, count) + g;
    store_some(velocity + i, v, count);
    store_some(parameter + i, p - rate * (nesterov ? g + momentum * v : v), count);
  });
}

template <class T>
void list(Kernels<T>& table) {
  table.adam_step = &adam_step<T>;
  table.sgd_step = &sgd_step<T>;
}

}  // namespace

void list_optimizer(Kernels<float>& table) { list(table); }
void list_optimizer(Kernels<double>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

#include "framework/cuda/families.hpp"
#include "framework/cuda/launch.hpp"

#include <cmath>

namespace credence::cuda {
namespace {

// The settings of a step as the kernels use them (see the CPU's kernels for what they mean).
template <class T>
struct AdamFactors {
  T beta1;
  T beta2;
  T rest1;
  T rest2;
  T penalty;
  T shrink;
  T rate;
  T scale;
  T epsilon;
};

template <class T>
__global__ void adam(AdamFactors<T> f, std::int64_t n, const T* grad, T* parameter, T* mean,
                     T* variance) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const T p = parameter[i];
    const T g = grad[i] + f.penalty * p;
    const T m = f.beta1 * mean[i] + f.rest1 * g;
    const T v = f.beta2 * variance[i] + f.rest2 * (g * g);
    mean[i] = m;
    variance[i] = v;
    parameter[i] = f.shrink * p - f.rate * m / (std::sqrt(v) * f.scale + f.epsilon);
  }
}

template <class T>
__global__ void sgd(T rate, T momentum, T penalty, bool nesterov, std::int64_t n, const T* grad,
                    T* parameter, T* velocity) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const T p = parameter[i];
    const T g = grad[i] + penalty * p;
    T change = g;
    if (velocity != nullptr) {
      const T v = momentum * velocity[i] + g;
      velocity[i] = v;
      change = nesterov ? g + momentum * v : v;
    }
    parameter[i] = p - rate * change;
  }
}

template <class T>
void adam_step(const AdamStep& step, std::int64_t n, const T* grad, T* parameter, T* mean,
               T* variance) {
  if (n == 0) return;
  const bool decoupled = step.decoupled_weight_decay;
  const AdamFactors<T> factors{
      static_cast<T>(step.beta1),
      static_cast<T>(step.beta2),
      static_cast<T>(1 - step.beta1),
      static_cast<T>(1 - step.beta2),
      static_cast<T>(decoupled ? 0 : step.weight_decay),
      static_cast<T>(decoupled ? 1 - step.learning_rate * step.weight_decay : 1.0),
      static_cast<T>(step.learning_rate / step.correction1),
      static_cast<T>(1 / std::sqrt(step.correction2)),
      static_cast<T>(step.epsilon)};
  launch("adam", blocks_for(n), &adam<T>, factors, n, grad, parameter, mean, variance);
}

template <class T>
void sgd_step(const SgdStep& step, std::int64_t n, const T* grad, T* parameter, T* velocity) {
  if (n == 0) return;
  launch("sgd", blocks_for(n), &sgd<T>, static_cast<T>(step.learning_rate),
         static_cast<T>(step.momentum), static_cast<T>(step.weight_decay), step.nesterov, n, grad,
         parameter, velocity);
}

template <class T>
void list(Kernels<T>& table) {
  table.adam_step = &adam_step<T>;
  table.sgd_step = &sgd_step<T>;
}

}  // namespace

void list_optimizer(Kernels<float>& table) { list(table); }
void list_optimizer(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda

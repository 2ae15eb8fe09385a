#include "framework/cuda/families.hpp"
#include "framework/cuda/launch.hpp"
#include "framework/ops/formulas.hpp"

namespace credence::cuda {
namespace {

template <class T>
__global__ void adam(formulas::AdamUpdate<T> update, std::int64_t n, const T* grad, T* parameter,
                     T* mean, T* variance) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    update(grad[i], parameter[i], mean[i], variance[i]);
  }
}

template <class T>
__global__ void sgd(formulas::SgdUpdate<T> update, std::int64_t n, const T* grad, T* parameter,
                    T* velocity) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    if (velocity == nullptr) {
      update(grad[i], parameter[i]);
    } else {
      update(grad[i], parameter[i], velocity[i]);
    }
  }
}

template <class T>
void adam_step(const AdamStep& step, std::int64_t n, const T* grad, T* parameter, T* mean,
               T* variance) {
  if (n == 0) return;
  launch("adam", blocks_for(n), &adam<T>, formulas::AdamUpdate<T>(step), n, grad, parameter, mean,
         variance);
}

template <class T>
void sgd_step(const SgdStep& step, std::int64_t n, const T* grad, T* parameter, T* velocity) {
  if (n == 0) return;
  launch("sgd", blocks_for(n), &sgd<T>, formulas::SgdUpdate<T>(step), n, grad, parameter, velocity);
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

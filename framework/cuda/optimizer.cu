// The optimisers' steps over the flat buffer, and the clipping of the gradient's norm, with the
// formulas of framework/formulas/optimizer.hpp.
#include "framework/cuda/block.hpp"
#include "framework/cuda/families.hpp"
#include "framework/cuda/runtime/workspace.hpp"
#include "framework/formulas/optimizer.hpp"

namespace credence::cuda {
namespace {

template <class T>
__global__ void adam(const AdamStep* step, std::int64_t n, const T* grad, T* parameter, T* mean,
                     T* variance, T* largest) {
  const formulas::AdamUpdate<T> update(*step);
  if (largest == nullptr && !step->maximize) {
    for (std::int64_t i = first_index(); i < n; i += index_step()) {
      update(grad[i], parameter[i], mean[i], variance[i]);
    }
    return;
  }
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    T* const most = largest == nullptr ? nullptr : largest + i;
    update.with_options(grad[i], parameter[i], mean[i], variance[i], most);
  }
}

template <class T>
__global__ void sgd(const SgdStep* step, std::int64_t n, const T* grad, T* parameter, T* velocity) {
  const formulas::SgdUpdate<T> update(*step);
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    if (velocity == nullptr) {
      update(grad[i], parameter[i]);
    } else {
      update(grad[i], parameter[i], velocity[i]);
    }
  }
}

template <class T>
void adam_step(const AdamStep* step, std::int64_t n, const T* grad, T* parameter, T* mean,
               T* variance, T* largest) {
  if (n == 0) return;
  const std::int64_t options = largest == nullptr ? 0 : n;
  const device::Work work = elements<T>(4 * n + options, 3 * n + options, 14 * n);
  launch("adam", {blocks_for(n), work}, &adam<T>, step, n, grad, parameter, mean, variance,
         largest);
}

template <class T>
void sgd_step(const SgdStep* step, std::int64_t n, const T* grad, T* parameter, T* velocity) {
  if (n == 0) return;
  const std::int64_t velocities = velocity == nullptr ? 0 : n;
  const device::Work work = elements<T>(2 * n + velocities, n + velocities, 4 * n);
  launch("sgd", {blocks_for(n), work}, &sgd<T>, step, n, grad, parameter, velocity);
}

// partial is [blocks].
template <class T>
__global__ void add_squares(std::int64_t n, const T* x, double* partial) {
  double sum = 0;
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const auto value = static_cast<double>(x[i]);
    sum += value * value;
  }
  sum = block_reduce(sum, Sum{});
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

template <class T>
void square_sum(std::int64_t n, const T* x, double* sum) {
  const unsigned blocks = blocks_for(n);
  const Workspace<double> partial(blocks);
  launch("square_sum", {blocks, elements<T>(n, 0, 2 * n) + elements<double>(0, blocks)},
         &add_squares<T>, n, x, partial.data());
  launch({"square_sum", "of parts"}, {1, elements<double>(blocks, 1, blocks)}, &add_partial<double>,
         blocks, static_cast<const double*>(partial.data()), 1.0, sum);
}

// The first thread writes the norm. No other thread reads it.
template <class T>
__global__ void clip(double max_norm, std::int64_t n, const double* square_sum, T* norm, T* x) {
  const formulas::ClipScale clip(max_norm, *square_sum);
  if (first_index() == 0) *norm = static_cast<T>(clip.norm);
  if (!clip.needed) return;
  const T scale = static_cast<T>(clip.scale);
  for (std::int64_t i = first_index(); i < n; i += index_step()) x[i] = scale * x[i];
}

template <class T>
void clip_norm(double max_norm, std::int64_t n, const double* square_sum, T* norm, T* x) {
  launch("clip_norm", {blocks_for(n), elements<T>(n, n + 1, n)}, &clip<T>, max_norm, n, square_sum,
         norm, x);
}

template <class T>
void list(Kernels<T>& table) {
  table.adam_step = &adam_step<T>;
  table.sgd_step = &sgd_step<T>;
  table.square_sum = &square_sum<T>;
  table.clip_norm = &clip_norm<T>;
}

}  // namespace

void list_optimizer(Kernels<float>& table) { list(table); }
void list_optimizer(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda

// Choosing elements by their indices, and the adjoint; framework/formulas/gather.hpp has the
// formulas.
#include "framework/cuda/families.hpp"
#include "framework/cuda/runtime/launch.hpp"
#include "framework/formulas/gather.hpp"

namespace credence::cuda {
namespace {

template <class T>
__global__ void gather_elements(GatherShape s, const T* x, const std::int64_t* index, T* y) {
  for (std::int64_t at = first_index(); at < s.chosen(); at += index_step()) {
    y[at] = formulas::gathered(s, x, index, at);
  }
}

// A thread adds up whole columns, in the order of the indices: the same bits in every run.
template <class T>
__global__ void scatter_columns(GatherShape s, const T* grad_y, const std::int64_t* index,
                                T* grad_x) {
  for (std::int64_t column = first_index(); column < s.columns(); column += index_step()) {
    const std::int64_t i = column % s.inner;
    const std::int64_t o = column / s.inner;
    for (std::int64_t c = 0; c < s.count; ++c) {
      const T grad = grad_y[(o * s.count + c) * s.inner + i];
      formulas::scatter(s, grad, s.index_at(index, o, c, i), o, i, grad_x);
    }
  }
}

template <class T>
void gather(const GatherShape& s, const T* x, const std::int64_t* index, T* y) {
  if (s.chosen() == 0) return;
  const device::Work work =
      elements<T>(s.chosen(), s.chosen()) + elements<std::int64_t>(s.chosen(), 0);
  launch("gather", {blocks_for(s.chosen()), work}, &gather_elements<T>, s, x, index, y);
}

template <class T>
void scatter_add(const GatherShape& s, const T* grad_y, const std::int64_t* index, T* grad_x) {
  if (s.columns() == 0 || s.count == 0) return;
  const std::int64_t n = s.columns() * s.count;
  const device::Work work = elements<T>(2 * n, n, n) + elements<std::int64_t>(n, 0);
  launch("scatter_add", {blocks_for(s.columns()), work}, &scatter_columns<T>, s, grad_y, index,
         grad_x);
}

template <class T>
void list(Kernels<T>& table) {
  table.gather = &gather<T>;
  table.scatter_add = &scatter_add<T>;
}

}  // namespace

void list_gather(Kernels<float>& table) { list(table); }
void list_gather(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda

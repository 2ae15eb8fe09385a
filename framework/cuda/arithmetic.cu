// Arithmetic of two arrays with broadcasting, forward and backward, from the functors of
// framework/formulas/arithmetic.hpp.
#include "framework/cuda/broadcast.hpp"
#include "framework/cuda/families.hpp"
#include "framework/cuda/loops.hpp"

namespace credence::cuda {
namespace {

// Whether both operands are flat arrays in the order of the result.
bool is_flat(const BroadcastLoop& loop) {
  return loop.rank == 0 || (loop.rank == 1 && loop.a_strides[0] == 1 && loop.b_strides[0] == 1);
}

template <class Functor>
struct Forward {
  template <class T>
  constexpr T operator()(T a, T b) const {
    return Functor::forward(a, b);
  }
};

template <class Functor>
struct BackwardA {
  template <class T>
  constexpr T operator()(T a, T b, T grad) const {
    return Functor::backward_a(a, b, grad);
  }
};

template <class Functor>
struct BackwardB {
  template <class T>
  constexpr T operator()(T a, T b, T grad) const {
    return Functor::backward_b(a, b, grad);
  }
};

// y = body(a, b, more…), where `more` has y's shape.
template <class T, class Body, class... More>
__global__ void map_broadcast(FastLoop loop, const T* a, const T* b, T* y, Body body,
                              const More*... more) {
  for (std::int64_t i = first_index(); i < loop.numel; i += index_step()) {
    const Place at = place(loop, i);
    y[i] = body(a[at.a], b[at.b], more[i]...);
  }
}

template <class T, class Body, class... More>
void map_pairs(const KernelName& name, const BroadcastLoop& loop, const T* a, const T* b, T* y,
               Body body, const More*... more) {
  if (loop.numel == 0) return;
  if (is_flat(loop)) {
    map(name, loop.numel, y, body, a, b, more...);
    return;
  }
  constexpr auto kMore = static_cast<std::int64_t>(sizeof...(More));
  const std::int64_t read = operand_numel(loop, loop.a_strides) +
                            operand_numel(loop, loop.b_strides) + kMore * loop.numel;
  const device::Work work = elements<T>(read, loop.numel, loop.numel);
  launch(name, {blocks_for(loop.numel), work}, &map_broadcast<T, Body, More...>, FastLoop(loop), a,
         b, y, body, more...);
}

template <class T, class Functor>
void forward(const BroadcastLoop& loop, const T* a, const T* b, T* y) {
  map_pairs(Functor::kName, loop, a, b, y, Forward<Functor>{});
}

template <class T, class Functor>
void backward(const BroadcastLoop& loop, const T* a, const T* b, const T* grad_y, T* grad_a,
              T* grad_b) {
  if (grad_a != nullptr) {
    map_pairs({Functor::kName, "backward"}, loop, a, b, grad_a, BackwardA<Functor>{}, grad_y);
  }
  if (grad_b != nullptr) {
    map_pairs({Functor::kName, "backward"}, loop, a, b, grad_b, BackwardB<Functor>{}, grad_y);
  }
}

template <class T, class... Functors>
void list(Kernels<T>& table, pointwise::List<Functors...>) {
  table.arithmetic_forward = {&forward<T, Functors>...};
  table.arithmetic_backward = {&backward<T, Functors>...};
}

}  // namespace

void list_arithmetic(Kernels<float>& table) { list(table, arithmetic::Catalogue{}); }
void list_arithmetic(Kernels<double>& table) { list(table, arithmetic::Catalogue{}); }

}  // namespace credence::cuda

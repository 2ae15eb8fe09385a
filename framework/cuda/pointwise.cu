// The catalogue of pointwise functions, forward and backward, from the functors of
// framework/formulas/pointwise.hpp.
#include "framework/cuda/families.hpp"
#include "framework/cuda/loops.hpp"

namespace credence::cuda {
namespace {

template <class Functor>
struct Forward {
  Functor functor;
  template <class T>
  constexpr T operator()(T x) const {
    return functor.forward(x);
  }
};

template <class Functor>
struct Backward {
  Functor functor;
  template <class T>
  constexpr T operator()(T saved, T grad) const {
    return functor.backward(saved, grad);
  }
};

template <class T, class Functor>
void forward(const PointwiseParameters& parameters, std::int64_t n, const T* x, T* y) {
  map(Functor::kName, n, y, Forward<Functor>{Functor(parameters)}, x);
}

template <class T, class Functor>
void backward(const PointwiseParameters& parameters, std::int64_t n, const T* saved,
              const T* grad_y, T* grad_x) {
  map({Functor::kName, "backward"}, n, grad_x, Backward<Functor>{Functor(parameters)}, saved,
      grad_y);
}

template <class T, class... Functors>
void list(Kernels<T>& table, pointwise::List<Functors...>) {
  table.pointwise_forward = {&forward<T, Functors>...};
  table.pointwise_backward = {&backward<T, Functors>...};
}

}  // namespace

void list_pointwise(Kernels<float>& table) { list(table, pointwise::Catalogue{}); }
void list_pointwise(Kernels<double>& table) { list(table, pointwise::Catalogue{}); }

}  // namespace credence::cuda

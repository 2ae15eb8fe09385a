// The loops of the pointwise catalogue (framework/formulas/pointwise.hpp), forward and backward, in
// parallel for the kernel table, and on the calling thread for the kernels that fuse an activation
// (epilogue.hpp).
#include "framework/cpu/epilogue.hpp"
#include "framework/cpu/families.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

template <class T, class Functor>
void forward(const PointwiseParameters& parameters, std::int64_t n, const T* x, T* y) {
  // The functor is copied, because the compiler must assume that a store changes what a reference
  // refers to.
  map(
      n, y, [functor = Functor(parameters)](auto v) { return functor.forward(v); }, x);
}

template <class T, class Functor>
void backward(const PointwiseParameters& parameters, std::int64_t n, const T* saved,
              const T* grad_y, T* grad_x) {
  map(
      n, grad_x,
      [functor = Functor(parameters)](auto v, auto grad) { return functor.backward(v, grad); },
      saved, grad_y);
}

template <class T, class... Functors>
void list(Kernels<T>& table, pointwise::List<Functors...>) {
  table.pointwise_forward = {&forward<T, Functors>...};
  table.pointwise_backward = {&backward<T, Functors>...};
}

template <class Activation, class T>
void activate_each(const Activation& activation, std::int64_t n, T* y) {
  activation.visit([&](auto functor) {
    map_serial(
        n, y, [functor](auto x) { return functor.forward(x); }, static_cast<const T*>(y));
  });
}

template <class T>
void activate_backward_each(const pointwise::FusedActivation& activation, std::int64_t n,
                            const T* y, const T* grad_y, T* grad_x) {
  activation.visit([&](auto functor) {
    map_serial(
        n, grad_x, [functor](auto value, auto grad) { return functor.backward(value, grad); }, y,
        grad_y);
  });
}

template <class T>
void activate_backward_at_each(const pointwise::RecomputedActivation& activation, std::int64_t n,
                               const T* x, const T* grad_y, T* grad_x) {
  activation.visit([&](auto functor) {
    map_serial(
        n, grad_x,
        [functor](auto v, auto grad) { return pointwise::backward_at(functor, v, grad); }, x,
        grad_y);
  });
}

}  // namespace

Vec activate(const pointwise::FusedActivation& activation, Vec x) { return activation.forward(x); }
void activate_all(const pointwise::FusedActivation* activation, std::int64_t n, Element* y) {
  if (activation != nullptr) activate_each(*activation, n, y);
}
void activate_backward_all(const pointwise::FusedActivation& activation, std::int64_t n,
                           const Element* y, const Element* grad_y, Element* grad_x) {
  activate_backward_each(activation, n, y, grad_y, grad_x);
}

void activate_all(const pointwise::RecomputedActivation& activation, std::int64_t n, Element* y) {
  activate_each(activation, n, y);
}
void activate_backward_at_all(const pointwise::RecomputedActivation& activation, std::int64_t n,
                              const Element* x, const Element* grad_y, Element* grad_x) {
  activate_backward_at_each(activation, n, x, grad_y, grad_x);
}

void list_pointwise(Kernels<Element>& table) { list(table, pointwise::Catalogue{}); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

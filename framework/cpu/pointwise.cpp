#include "framework/cpu/epilogue.hpp"
#include "framework/cpu/families.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

template <class T, class Functor>
void forward(const PointwiseParameters& parameters, std::int64_t n, const T* x, T* y) {
  // By value: what a reference leads to could change with every store, and is converted for each.
  map(
      n, y, [functor = Functor(parameters)](auto v) { return functor.forward(v); }, x);
}

template <class T, class Functor>
void backward(const PointwiseParameters& parameters, std::int64_t n, const T* kept, const T* grad_y,
              T* grad_x) {
  map(
      n, grad_x,
      [functor = Functor(parameters)](auto v, auto grad) { return functor.backward(v, grad); },
      kept, grad_y);
}

template <class T, class... Functors>
void list(Kernels<T>& table, pointwise::List<Functors...>) {
  table.pointwise_forward = {&forward<T, Functors>...};
  table.pointwise_backward = {&backward<T, Functors>...};
}

template <class T>
void accumulate(std::int64_t n, const T* x, T* y) {
  map(
      n, y, [](auto a, auto b) { return a + b; }, y, x);
}

template <class T>
void list_all(Kernels<T>& table) {
  list(table, pointwise::Catalogue{});
  table.accumulate = &accumulate<T>;
}

}  // namespace

Vec activate(const pointwise::FusedActivation& activation, Vec x) { return activation.forward(x); }
double activate(const pointwise::FusedActivation& activation, double x) {
  return activation.forward(x);
}
Vec activate_backward(const pointwise::FusedActivation& activation, Vec y, Vec grad) {
  return activation.backward(y, grad);
}
double activate_backward(const pointwise::FusedActivation& activation, double y, double grad) {
  return activation.backward(y, grad);
}

void list_pointwise(Kernels<float>& table) { list_all(table); }
void list_pointwise(Kernels<double>& table) { list_all(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

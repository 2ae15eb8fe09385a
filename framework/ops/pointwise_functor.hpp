// A user's own pointwise function as a differentiable op, stated as the functors of the catalogue
// (formulas/pointwise.hpp) are.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <concepts>
#include <string>

namespace credence {

/// A function of numbers and its derivative:
///   forward(x)          y = f(x)
///   backward(v, grad)   dL/dx from grad = dL/dy and v, which is y where kKeepsOutput is set, else
///   x kName               what error messages call it
/// for float and double.
template <class F>
concept PointwiseFunctor = requires(const F f, float x, double d) {
  { f.forward(x) } -> std::convertible_to<float>;
  { f.forward(d) } -> std::convertible_to<double>;
  { f.backward(x, x) } -> std::convertible_to<float>;
  { f.backward(d, d) } -> std::convertible_to<double>;
  { F::kKeepsOutput } -> std::convertible_to<bool>;
  { F::kName } -> std::convertible_to<const char*>;
};

namespace pointwise {

// Elements in one range of a loop that several threads share.
inline constexpr std::int64_t kFunctorGrain = 4096;

/// Calls body(pointer of the element type) for a tensor's type. Throws Error unless the tensor is
/// on the CPU with float32 or float64 elements.
template <class Body>
void visit_on_host(const char* name, const Tensor& x, Body body) {
  if (x.device() != Device::cpu) {
    throw Error(std::string("[") + name + "] a functor of numbers runs on the CPU alone, not on " +
                to_string(x.device()) + "; a function composed of ops runs on every device");
  }
  if (x.dtype() == DType::float32) return body(static_cast<float*>(nullptr));
  if (x.dtype() == DType::float64) return body(static_cast<double*>(nullptr));
  throw Error(std::string("[") + name + "] floating-point elements are needed, not " +
              to_string(x.dtype()));
}

/// y = functor.forward(x) for each element of x, differentiable by functor.backward. Throws Error
/// unless x is on the CPU with float32 or float64 elements.
template <PointwiseFunctor F>
Variable apply(const F& functor, const Variable& x) {
  const Tensor x_value = x.value();
  const Tensor y = Tensor::empty_like(x_value);
  visit_on_host(F::kName, y, [&]<class T>(T*) {
    parallel_for(
        y.numel(), kFunctorGrain,
        [&, from = x_value.data<T>(), to = y.data<T>()](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i)
            to[i] = static_cast<T>(functor.forward(from[i]));
        });
  });
  const Tensor saved = F::kKeepsOutput ? y : x_value;
  return make_result(y, {x}, [functor, saved](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty_like(grad);
    visit_on_host(F::kName, grad, [&]<class T>(T*) {
      parallel_for(grad.numel(), kFunctorGrain,
                   [&, v = saved.data<T>(), from = grad.data<T>(), to = grad_x.data<T>()](
                       std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) {
                       to[i] = static_cast<T>(functor.backward(v[i], from[i]));
                     }
                   });
    });
    return {grad_x};
  });
}

}  // namespace pointwise
}  // namespace credence

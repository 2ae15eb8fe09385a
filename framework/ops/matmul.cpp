// y = a b, ∂a = ∂y bᵀ, ∂b = aᵀ ∂y.
#include "framework/ops/matmul.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/checks.hpp"

#include <string>

namespace credence {

Variable matmul(const Variable& a, const Variable& b) {
  check_same_type("matmul", a, b);
  if (a.shape().rank() != 2 || b.shape().rank() != 2 || a.shape()[1] != b.shape()[0]) {
    throw ShapeError("[matmul] the operands must be [M, K] and [K, N]: " + a.shape().to_string() +
                     " and " + b.shape().to_string());
  }
  const std::int64_t m = a.shape()[0];
  const std::int64_t k = a.shape()[1];
  const std::int64_t n = b.shape()[1];
  const Tensor a_value = a.value();
  const Tensor b_value = b.value();
  const Tensor y = Tensor::empty({m, n}, a.dtype(), a.device());
  visit_kernels(
      y, [&](const auto& kernels) { kernels.matmul(m, n, k, a_value, k, 1, b_value, n, 1, y); });
  const bool want_a = a.requires_grad();
  const bool want_b = b.requires_grad();
  return make_result(y, {a, b}, [=](const Tensor& grad) {
    Gradients gradients(2);
    visit_kernels(grad, [&](const auto& kernels) {
      if (want_a) {  // grad bᵀ
        gradients[0] = Tensor::empty_like(a_value);
        kernels.matmul(m, k, n, grad, n, 1, b_value, 1, n, gradients[0]);
      }
      if (want_b) {  // aᵀ grad
        gradients[1] = Tensor::empty_like(b_value);
        kernels.matmul(k, n, m, a_value, 1, k, grad, n, 1, gradients[1]);
      }
    });
    return gradients;
  });
}

}  // namespace credence

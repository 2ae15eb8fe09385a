// y = a b, ∂a = ∂y bᵀ, ∂b = aᵀ ∂y.
#include "framework/ops/matmul.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/shape_ops.hpp"

#include <span>
#include <string>
#include <vector>

namespace credence {
namespace {

[[noreturn]] void refuse(const Variable& a, const Variable& b) {
  throw ShapeError("[matmul] the operands must be [M, K] and [K, N]: " + a.shape().to_string() +
                   " and " + b.shape().to_string());
}

// The product of two matrices.
Variable product(const Variable& a, const Variable& b) {
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
  const Variable result = make_result(y, {a, b}, [=](const Tensor& grad) {
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
  return described(result, [&] { return OpCall{"matmul", {a, b}}; });
}

// [batch…, rows, columns] with the batch dimensions of `batch`.
Shape with_batch(const Shape& batch, std::int64_t rows, std::int64_t columns) {
  std::vector<std::int64_t> extents(batch.begin(), batch.end());
  extents.push_back(rows);
  extents.push_back(columns);
  return Shape(extents);
}

Shape batch_of(const Shape& shape) {
  return Shape(
      std::span<const std::int64_t>(shape.begin(), static_cast<std::size_t>(shape.rank() - 2)));
}

// The products of a [B, M, K] and b [B, K, N], one after the other.
Variable products(const Variable& a, const Variable& b) {
  const std::int64_t batch = a.shape()[0];
  const std::int64_t m = a.shape()[1];
  const std::int64_t k = a.shape()[2];
  const std::int64_t n = b.shape()[2];
  const Tensor a_value = a.value();
  const Tensor b_value = b.value();
  const Tensor y = Tensor::empty({batch, m, n}, a.dtype(), a.device());
  const auto at = [](const Tensor& x, std::int64_t i) { return x.slice(i, i + 1); };
  visit_kernels(y, [&](const auto& kernels) {
    for (std::int64_t i = 0; i < batch; ++i) {
      kernels.matmul(m, n, k, at(a_value, i), k, 1, at(b_value, i), n, 1, at(y, i));
    }
  });
  const bool want_a = a.requires_grad();
  const bool want_b = b.requires_grad();
  const Variable result = make_result(y, {a, b}, [=](const Tensor& grad) {
    Gradients gradients(2);
    if (want_a) gradients[0] = Tensor::empty_like(a_value);
    if (want_b) gradients[1] = Tensor::empty_like(b_value);
    visit_kernels(grad, [&](const auto& kernels) {
      for (std::int64_t i = 0; i < batch; ++i) {
        const Tensor of_y = at(grad, i);
        if (want_a) {
          kernels.matmul(m, k, n, of_y, n, 1, at(b_value, i), 1, n, at(gradients[0], i));
        }
        if (want_b) {
          kernels.matmul(k, n, m, at(a_value, i), 1, k, of_y, n, 1, at(gradients[1], i));
        }
      }
    });
    return gradients;
  });
  return described(result, [&] { return OpCall{"matmul", {a, b}}; });
}

// Operands of at least two dimensions, one of more.
Variable batched(const Variable& a, const Variable& b) {
  const std::int64_t m = a.shape()[-2];
  const std::int64_t k = a.shape()[-1];
  const std::int64_t n = b.shape()[-1];
  if (b.shape().rank() == 2) {  // one product of all rows
    const Shape batch = batch_of(a.shape());
    const Variable rows = reshape(a, Shape{batch.numel() * m, k});
    return reshape(product(rows, b), with_batch(batch, m, n));
  }
  const Shape batch = broadcast_shape(batch_of(a.shape()), batch_of(b.shape()), "matmul");
  const auto stretched = [&](const Variable& x, std::int64_t rows, std::int64_t columns) {
    const Shape whole = with_batch(batch, rows, columns);
    const Variable all = x.shape() == whole ? x : broadcast_to(x, whole);
    return reshape(all, Shape{batch.numel(), rows, columns});
  };
  return reshape(products(stretched(a, m, k), stretched(b, k, n)), with_batch(batch, m, n));
}

}  // namespace

Variable matmul(const Variable& a, const Variable& b) {
  check_same_type("matmul", a, b);
  if (a.shape().rank() == 0 || b.shape().rank() == 0) refuse(a, b);
  const bool row = a.shape().rank() == 1;
  const bool column = b.shape().rank() == 1;
  const Variable left = row ? reshape(a, Shape{1, a.shape()[0]}) : a;
  const Variable right = column ? reshape(b, Shape{b.shape()[0], 1}) : b;
  if (left.shape()[-1] != right.shape()[-2]) refuse(a, b);
  const bool matrices = left.shape().rank() == 2 && right.shape().rank() == 2;
  const Variable y = matrices ? product(left, right) : batched(left, right);
  if (!row && !column) return y;
  std::vector<std::int64_t> extents(y.shape().begin(), y.shape().end());
  if (column) extents.pop_back();
  if (row) extents.erase(extents.end() - (column ? 1 : 2));
  return reshape(y, Shape(extents));
}

}  // namespace credence

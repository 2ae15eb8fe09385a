// Standard normal numbers and random signs from a Philox stream.
#include "framework/ops/random_tensors.hpp"

#include "framework/autograd/variable.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/pointwise.hpp"

namespace credence {

Tensor normal_tensor(const Tensor& like, const RandomStream& stream) {
  const Tensor result = Tensor::empty_like(like);
  visit_kernels(result,
                [&](const auto& kernels) { kernels.normal(stream, result.numel(), result); });
  return result;
}

Tensor randn(const Shape& shape, Generator& generator, DType dtype, Device device) {
  return normal_tensor(Tensor::empty(shape, dtype, device), generator.next());
}

Tensor sign_tensor(const Tensor& like, const RandomStream& stream) {
  const NoGrad no_grad;
  const Tensor ones = Tensor::full(like.shape(), 1, like.dtype(), like.device());
  const Tensor zeros_and_twos = Tensor::empty_like(like);
  visit_kernels(ones, [&](const auto& kernels) {
    kernels.dropout(stream, 0.5, ones.numel(), ones, zeros_and_twos);
  });
  return affine(Variable(zeros_and_twos), 1, -1).value();
}

}  // namespace credence

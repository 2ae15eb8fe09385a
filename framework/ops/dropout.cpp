// Dropout (Srivastava et al. 2014): y = m ⊙ x / (1 − p) with a mask m of zeros and ones, and
// ∂x = m ⊙ ∂y / (1 − p). The backward pass draws the same mask again from the stream.
#include "framework/ops/dropout.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"

#include <string>

namespace credence {
namespace {

// The gradient is masked and scaled as x is.
Tensor masked(const Tensor& x, double probability, const RandomStream& stream) {
  const Tensor y = Tensor::empty_like(x);
  visit_kernels(
      y, [&](const auto& kernels) { kernels.dropout(stream, probability, y.numel(), x, y); });
  return y;
}

}  // namespace

Variable dropout(const Variable& x, double probability, const RandomStream& stream) {
  if (!(probability >= 0 && probability < 1)) {
    throw ValueError("[dropout] the probability must be in [0, 1), not " +
                     std::to_string(probability));
  }
  const Variable result = make_result(
      masked(x.value(), probability, stream), {x},
      [=](const Tensor& grad) -> Gradients { return {masked(grad, probability, stream)}; });
  return described(result, [&] { return OpCall{"dropout", {x}}; });
}

}  // namespace credence

// Flipout: y = product(x, μ) + b + product(x ∘ s, w − μ) ∘ r.
#include "bayes/estimator/flipout.hpp"

#include "framework/group/batch_scope.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/random_tensors.hpp"

namespace credence::bayes {
namespace {

// A sign for each example and channel of x, [N, C, 1, …].
Variable signs(const Variable& x, const RandomStream& stream) {
  Shape shape = x.shape();
  for (int dimension = 2; dimension < shape.rank(); ++dimension) shape = shape.with(dimension, 1);
  return Variable(
      sign_tensor(Tensor::empty(shape, x.dtype(), x.device()), stream_of_rows(stream, shape)));
}

}  // namespace

LayerOutput Flipout::draw(const LayerDraw& call) const {
  const RandomStream stream = call.noise.next();
  // Streams of their own, because each counts its elements from 0.
  const auto signs_of = [&](const Variable& x, const char* name) {
    return signs(x, {Generator(stream.key).split(name).key(), stream.draw});
  };
  const Variable weight = call.weight.sample(stream);
  const Variable mean = call.product.apply(call.x, call.weight.mean(), call.bias, {});
  const Variable turned = call.product.apply(call.x * signs_of(call.x, "signs of x"),
                                             weight - call.weight.mean(), {}, {});
  const Variable y = mean + turned * signs_of(turned, "signs of y");
  return {activated(call.activation, y), weight};
}

}  // namespace credence::bayes

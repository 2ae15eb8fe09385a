// Local reparametrisation by the fused op, or by two products where the layer has no fused op.
#include "bayes/estimator/local_reparametrization.hpp"

#include "framework/base/error.hpp"
#include "framework/group/batch_scope.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_tensors.hpp"

namespace credence::bayes {
namespace {

// The samples of a folded batch have consecutive draw numbers. A second call of the layer in the
// same pass must not use numbers of samples that are folded later.
constexpr std::uint64_t kDrawsPerFoldedCall = std::uint64_t{1} << 32;

Variable two_products(const LayerDraw& call) {
  const Variable mean = call.product.apply(call.x, call.weight.mean(), call.bias, {});
  const Variable variance = call.product.apply(square(call.x), call.weight_variance(), {}, {});
  const Variable noise(
      normal_tensor(mean.value(), stream_of_rows(call.noise.next(), mean.shape())));
  const Variable y = mean + sqrt(affine(variance, 1, kOutputVarianceEpsilon)) * noise;
  return activated(call.activation, y);
}

}  // namespace

LayerOutput LocalReparametrization::draw(const LayerDraw& call) const {
  const std::optional<ConvolutionShape> shape = call.product.convolution_shape(call.x.shape());
  if (!shape) return {two_products(call), {}};
  const std::string name = call.product.product_name();
  const RandomStream stream = call.noise.next();
  if (!call.fold) {
    return {random_convolution(name.c_str(), *shape, call.x, call.weight.mean(),
                               call.weight_variance(), call.bias, stream, call.activation),
            {}};
  }
  call.noise.seek(stream.draw + kDrawsPerFoldedCall);
  return {folded_random_convolution(name.c_str(), *shape, call.x, call.weight.mean(),
                                    call.weight_variance(), call.bias, stream, *call.fold,
                                    call.activation),
          {}};
}

void LocalReparametrization::check(const WeightPosterior& posterior) const {
  if (posterior.independent_normal()) return;
  throw ValueError(
      "[LocalReparametrization] the posterior's weights are not independent normal variables; "
      "WeightReparametrization and Flipout draw from it");
}

}  // namespace credence::bayes

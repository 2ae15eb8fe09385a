// A layer with one random weight tensor: its output in each mode, and its divergence.
#include "bayes/layers/weight_layer.hpp"

#include "framework/nn/layers.hpp"

#include <utility>

namespace credence::bayes {

WeightLayer::WeightLayer(const Variational& variational, const Variable& weight, Variable bias,
                         const Generator& generator)
    : weight_(variational.posterior, variational.prior, weight),
      estimator_(variational.estimator.for_posterior(weight_.posterior())),
      bias_(std::move(bias)),
      noise_(generator.split("noise")) {}

Variable WeightLayer::make_weight(const Shape& shape, const nn::Initializer& initializer,
                                  const Generator& generator) {
  return nn::make_parameter(shape, initializer, nn::init::fan_in(shape), generator, "weight");
}

Variable WeightLayer::make_bias(bool wanted, std::int64_t count, const nn::Initializer& initializer,
                                const Shape& weight, const Generator& generator) {
  if (!wanted) return {};
  return nn::make_parameter({count}, initializer, nn::init::fan_in(weight), generator, "bias");
}

Variable WeightLayer::output(const Variable& x, const std::optional<nn::Activation>& activation) {
  if (sampling() == Sampling::mean) return apply(x, weight_.mean(), bias_, activation);
  if (function()) {
    // One stream for all calls, so that all see the same weights.
    const RandomStream stream{noise_.split("function").key(), *function()};
    return apply(x, weight_.posterior().sample(stream), bias_, activation);
  }
  LayerOutput drawn = estimator_->draw(
      {*this, x, weight_.posterior(), bias_, activation, noise_, fold(), variance_});
  const bool needed = !NoGrad::active() && !weight_.has_closed_form();
  last_draw_ = needed ? std::move(drawn.weight) : Variable();
  return drawn.output;
}

Variable WeightLayer::kl_divergence() {
  if (weight_.has_closed_form()) return weight_.kl_divergence();
  Variable draw = std::exchange(last_draw_, {});
  if (!draw.defined() || NoGrad::active()) {
    // The number of the layer's next draw gives new noise in each step and leaves the layer's own
    // draws as they are.
    draw = weight_.posterior().sample({noise_.split("divergence").key(), noise_.draws()});
  }
  return weight_.kl_divergence(draw);
}

void WeightLayer::visit(nn::Visitor& visitor) {
  weight_.visit(visitor);
  if (bias_.defined()) visitor.parameter("bias", bias_, nn::Role::bias);
  visitor.generator("noise", noise_);
}

std::int64_t WeightLayer::multiply_adds(const Shape& input, const Shape& output) const {
  const std::int64_t products = sampling() == Sampling::mean ? 1 : estimator_->products();
  return products * product_multiply_adds(input, output);
}

std::int64_t WeightLayer::product_multiply_adds(const Shape&, const Shape& output) const {
  return nn::product_multiply_adds(weight_.mean().shape(), output);
}

}  // namespace credence::bayes

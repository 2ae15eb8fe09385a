// A layer of one's own: a random factor for each channel.
#pragma once

#include "credence.hpp"

#include <optional>
#include <string>

namespace example {

using namespace credence;

/// y = activation(w ∘ x + b): x [N, features], a random weight and a bias for each feature. It is a
/// product in the sense of bayes::Product, so that any posterior, prior and estimator serves it.
class BayesianScale : public bayes::WeightLayer {
 public:
  BayesianScale(std::int64_t features, const bayes::Variational& variational,
                const Generator& generator)
      : WeightLayer(variational, Variable(Tensor::full({features}, 1), true),
                    Variable(Tensor::zeros({features}), true), generator) {}

  std::string type_name() const override { return "BayesianScale"; }
  std::string product_name() const override { return "BayesianScale"; }
  Variable apply(const Variable& x, const Variable& weight, const Variable& bias,
                 const std::optional<nn::Activation>& activation) const override {
    Variable y = x * weight;
    if (bias.defined()) y = y + bias;
    return activated(activation, y);
  }

 protected:
  std::int64_t product_multiply_adds(const Shape&, const Shape& output) const override {
    return output.numel();
  }
};

}  // namespace example

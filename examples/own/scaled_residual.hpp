// A layer of one's own, in both families: y = x + scale ∘ fc(x), a residual connection with a
// learned factor for each feature (Touvron et al. 2021, arXiv 2103.17239, LayerScale). The members
// that `visit` lists are trained, saved, counted, and searched for Bayesian layers.
#pragma once

#include "credence.hpp"

#include <cstdint>
#include <string>

namespace example {

using namespace credence;

/// x [N, features] to the same shape. Family is zoo::Frequentist or zoo::Bayesian.
template <class Family>
class ScaledResidual : public nn::Module {
 public:
  ScaledResidual(std::int64_t features, const Generator& generator, const Family& family = {})
      : activation(family.activation),
        scale(Tensor::full({features}, 0.1), true),
        fc(family.linear(features, features, generator.split("fc"))) {}

  // Parts are called as fc(x), so that errors and summaries know them.
  Variable forward(const Variable& x) override { return x + scale * fc(x, activation); }

  void visit(nn::Visitor& visitor) override {
    visitor.parameter("scale", scale, nn::Role::norm);
    visitor.module("fc", fc);
  }
  std::string type_name() const override { return "ScaledResidual"; }

  nn::Activation activation;
  Variable scale;
  typename Family::Linear fc;
};

}  // namespace example

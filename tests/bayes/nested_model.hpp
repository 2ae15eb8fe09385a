// A small model whose Bayesian layers lie at several depths.
#pragma once

#include "bayes/layers/layers.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/sequential.hpp"

#include <utility>

namespace credence::bayes {

/// Scores [N, 3] for inputs [N, 6], with layers "body.0", "body.2.0" and "head", the last of them
/// with a Gaussian posterior, and the frequentist layer "tail".
class NestedModel : public nn::Module {
 public:
  explicit NestedModel(const Generator& generator = Generator(4))
      : body(linear(6, 5, generator.split("first")), nn::Activation::relu(),
             nn::Sequential(linear(5, 4, generator.split("second")), nn::Activation::softplus())),
        head(4, 4, {}, Gaussian{.log_variance = -4}, generator.split("head")),
        tail(4, 3, {}, generator.split("tail")) {}

  Variable forward(const Variable& x) override { return tail(head(body(x))); }

  void visit(nn::Visitor& visitor) override {
    visitor.module("body", body);
    visitor.module("head", head);
    visitor.module("tail", tail);
  }

  nn::Sequential body;
  BayesianLinear head;
  nn::Linear tail;

 private:
  static BayesianLinear linear(std::int64_t in, std::int64_t out, const Generator& generator) {
    return {in, out, {}, VariationalDropout{.log_alpha = -1}, generator};
  }
};

}  // namespace credence::bayes

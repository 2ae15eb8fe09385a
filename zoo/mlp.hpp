// The multilayer perceptron, for both layer families.
#pragma once

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/shape_ops.hpp"
#include "zoo/dropout.hpp"
#include "zoo/family.hpp"
#include "zoo/scale.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace credence::zoo {

/// Features of one input, widths of the hidden layers, and number of outputs.
struct MLPOptions {
  std::int64_t features = 28 * 28;
  std::vector<std::int64_t> hidden{1200, 1200};  ///< none for one fully connected layer alone
  std::int64_t classes = 10;
  double dropout = 0;  ///< the probability of dropout after each hidden layer
  /// Of each feature. With it the net begins with z = (x − mean) / deviation, and keeps both
  /// numbers as buffers.
  std::optional<Scale> scale{};
};

/// Fully connected layers with the activation between them, on inputs [N, …] of which each has
/// `features` elements; logits [N, classes]. Two hidden layers of 1200 units are the largest net
/// that Blundell et al. 2015 (arXiv 1505.05424, table 1) train on MNIST; 400 and 800 are their
/// others. The layers are fc1, fc2, …
template <class Family = Frequentist>
class MLP : public nn::Module {
 public:
  MLP(const MLPOptions& options, const Generator& generator, const Family& family = {})
      : activation(family.activation) {
    if (options.scale) {
      input_mean = row(options.scale->mean);
      input_deviation = row(options.scale->deviation);
    }
    std::int64_t in = options.features;
    const auto add = [&](std::int64_t out) {
      layers.push_back(family.linear(in, out, generator.split(name(layers.size()))));
      in = out;
    };
    for (const std::int64_t width : options.hidden) {
      add(width);
      dropouts.emplace_back(options.dropout,
                            generator.split("dropout" + std::to_string(layers.size())));
    }
    add(options.classes);
  }

  Variable forward(const Variable& x) override {
    Variable h = flatten(x);
    if (input_mean.defined()) h = (h - Variable(input_mean)) / Variable(input_deviation);
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) h = dropouts[i](layers[i](h, activation));
    return layers.back()(h);
  }

  void visit(nn::Visitor& visitor) override {
    visit_scale(visitor);
    visit_layers(visitor);
  }

  /// The path of the last layer, whose outputs are the logits.
  std::string head() const { return name(layers.size() - 1); }

  nn::Activation activation;
  std::vector<typename Family::Linear> layers;
  std::vector<OptionalDropout> dropouts;  ///< one for each hidden layer
  Tensor input_mean{};                    ///< [1, D]; undefined without MLPOptions::scale
  Tensor input_deviation{};               ///< likewise

 protected:
  // The two parts of visit, for models that have buffers of their own between them.
  void visit_scale(nn::Visitor& visitor) {
    if (!input_mean.defined()) return;
    visitor.buffer("input_mean", input_mean);
    visitor.buffer("input_deviation", input_deviation);
  }
  void visit_layers(nn::Visitor& visitor) {
    for (std::size_t i = 0; i < layers.size(); ++i) visitor.module(name(i), layers[i]);
    for (std::size_t i = 0; i < dropouts.size(); ++i) {
      dropouts[i].visit(visitor, "dropout" + std::to_string(i + 1));
    }
  }

  static Tensor row(const std::vector<float>& values) {
    return Tensor::from({1, static_cast<std::int64_t>(values.size())}, values);
  }

 private:
  static std::string name(std::size_t index) { return "fc" + std::to_string(index + 1); }
};

using BayesianMLP = MLP<Bayesian>;

}  // namespace credence::zoo

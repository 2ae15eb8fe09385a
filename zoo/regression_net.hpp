// Models of numbers, for both layer families: they give the mean and the logarithm of the variance
// of a normal distribution, as bayes::GaussianLikelihood reads them.
#pragma once

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/shape_ops.hpp"
#include "zoo/family.hpp"
#include "zoo/mlp.hpp"
#include "zoo/scale.hpp"

#include <string>
#include <vector>

namespace credence::zoo {

/// φ_j(x) = exp(−((x − c_j) / width)²) for `count` evenly spaced centres c_j from `low` to `high`:
/// [N, 1] to [N, count].
class Bumps : public nn::Module {
 public:
  Bumps(std::int64_t count, double low, double high, double width) : width_(width) {
    std::vector<float> centres;
    for (std::int64_t j = 0; j < count; ++j) {
      centres.push_back(static_cast<float>(low + (high - low) * static_cast<double>(j) /
                                                     static_cast<double>(count - 1)));
    }
    centres_ = Tensor::from({1, count}, centres);
  }
  Variable forward(const Variable& x) override {
    return exp(-square((x - Variable(centres_)) * (1 / width_)));
  }
  void visit(nn::Visitor& visitor) override { visitor.buffer("centres", centres_); }
  std::string type_name() const override { return "Bumps"; }

 private:
  double width_;
  Tensor centres_;
};

/// The model of the curve in data/curve.hpp: linear in 30 bumps, each of which covers a short
/// stretch of the input. Weights of bumps in the gap keep their prior. A mean-field posterior of a
/// net of several layers would hardly be wider in the gap than on the data (Foong et al. 2020,
/// arXiv 1909.00719). x [N, 1] to [N, 2].
template <class Family = Frequentist>
class BumpModel : public nn::Module {
 public:
  explicit BumpModel(const Generator& generator, const Family& family = {})
      : bumps(30, -3, 3, 0.2), fc(family.linear(30, 2, generator.split("fc"))) {}

  Variable forward(const Variable& x) override { return fc(bumps(x)); }

  void visit(nn::Visitor& visitor) override {
    visitor.module("bumps", bumps);
    visitor.module("fc", fc);
  }
  std::string type_name() const override { return "BumpModel"; }

  Bumps bumps;
  typename Family::Linear fc;
};

/// The size of a RegressionNet, and the scales of its data.
struct RegressionNetOptions {
  Scale inputs{};            ///< of each input: as many as there are
  Scale target{};            ///< of the one target
  std::int64_t hidden = 50;  ///< units of each of the two hidden layers
};

/// Two hidden layers between inputs and target in their own units: x [N, D] to [N, 2]. Inside both
/// have mean 0 and deviation 1: with z = (x − m) / s and the layers' (μ, log σ²) of z, the outputs
/// are (m_y + s_y μ, log σ² + 2 log s_y), the same normal distribution in the target's unit.
template <class Family = Frequentist>
class RegressionNet : public MLP<Family> {
 public:
  RegressionNet(const RegressionNetOptions& options, const Generator& generator,
                const Family& family = {})
      : MLP<Family>({.features = static_cast<std::int64_t>(options.inputs.mean.size()),
                     .hidden = {options.hidden, options.hidden},
                     .classes = 2,
                     .scale = options.inputs},
                    generator, family),
        target_mean(MLP<Family>::row(options.target.mean)),
        target_deviation(MLP<Family>::row(options.target.deviation)) {}

  Variable forward(const Variable& x) override {
    const std::vector<Variable> parts = split(MLP<Family>::forward(x), {1, 1}, 1);
    const Variable scale(target_deviation);
    return concat({parts[0] * scale + Variable(target_mean), parts[1] + 2.0 * log(scale)}, 1);
  }

  void visit(nn::Visitor& visitor) override {
    this->visit_scale(visitor);
    visitor.buffer("target_mean", target_mean);
    visitor.buffer("target_deviation", target_deviation);
    this->visit_layers(visitor);
  }
  std::string type_name() const override { return "RegressionNet"; }

  Tensor target_mean;       // [1, 1]
  Tensor target_deviation;  // [1, 1]
};

}  // namespace credence::zoo

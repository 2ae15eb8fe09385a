// The base of layers with one random weight tensor.
#pragma once

#include "bayes/estimator/weight_estimator.hpp"
#include "bayes/layers/bayesian_layer.hpp"
#include "bayes/variational.hpp"
#include "bayes/weight_distribution.hpp"
#include "framework/nn/init.hpp"

#include <utility>

namespace credence::bayes {

/// A layer y = w · x + b with a distribution of w and a deterministic bias. A derived class says
/// what the product is (Product). Parameters are those of the frequentist counterpart, where
/// "weight" is the mean of w, and those of the spread.
class WeightLayer : public BayesianLayer, public Product {
 public:
  const WeightDistribution& weight() const { return weight_; }
  const WeightEstimator& estimator() const { return *estimator_; }

  /// The closed form where there is one. Else an estimate from the draw of the last forward pass in
  /// training, or from a draw of its own where there was none.
  Variable kl_divergence() final;
  bool folds() const override { return estimator_->folds(*this); }
  void centre_prior() override { weight_.centre_prior(); }
  void set_relative_deviation(double ratio) override { weight_.set_relative_deviation(ratio); }
  /// Makes the weights where `kept` is 0 the constant 0 (WeightPosterior::prune). Their divergence
  /// from a prior is not defined, so that the layer predicts but is not trained on.
  void prune(const Tensor& kept) { weight_.prune(kept); }
  /// Whether an output in this mode is drawn from the variances of the weights.
  bool needs_variance() const {
    return sampling() == Sampling::sample && !function() && estimator_->needs_variance();
  }
  /// Sets the variances of the weights for the next calls, or none: the layer computes them then
  /// (see JointVariances).
  void set_variance(Variable variance) { variance_ = std::move(variance); }
  Variable forward(const Variable& x) override { return output(x, {}); }
  void visit(nn::Visitor& visitor) override;
  /// Those of the estimator's products; of one in mean mode.
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 protected:
  WeightLayer(const Variational& variational, const Variable& weight, Variable bias,
              const Generator& generator);
  Variable forward_activated(const Variable& x, const nn::Activation& activation) override {
    return output(x, activation);
  }
  /// A new mean of the weights. Its initialiser gets the fan-in of the shape [out, in…].
  static Variable make_weight(const Shape& shape, const nn::Initializer& initializer,
                              const Generator& generator);
  /// A new bias of `count` elements, whose initialiser gets the weight's fan-in; undefined where
  /// none is wanted.
  static Variable make_bias(bool wanted, std::int64_t count, const nn::Initializer& initializer,
                            const Shape& weight, const Generator& generator);
  /// The multiply-adds of one product.
  virtual std::int64_t product_multiply_adds(const Shape& input, const Shape& output) const;

 private:
  Variable output(const Variable& x, const std::optional<nn::Activation>& activation);

  WeightDistribution weight_;
  std::shared_ptr<const WeightEstimator> estimator_;
  Variable bias_;
  Generator noise_;
  Variable variance_;   ///< of the weight, where it was computed with those of other layers
  Variable last_draw_;  ///< of the weight, where the divergence needs it
};

}  // namespace credence::bayes

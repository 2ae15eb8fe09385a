// A posterior of one's own: a Gaussian one whose weights share one variance.
#pragma once

#include "credence.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace example {

using namespace credence;

/// w ~ N(weight, exp(log_variance)) with a parameter for each mean and one log_variance for the
/// whole tensor.
class SharedVariancePosterior : public bayes::WeightPosterior {
 public:
  SharedVariancePosterior(const Variable& mean, double log_variance)
      : mean_(mean), log_variance_(Tensor::full({}, log_variance, mean.dtype()), true) {}

  Variable mean() const override { return mean_; }
  Variable log_variance() const override {
    return log_variance_ + Variable(Tensor::zeros(mean_.shape(), mean_.dtype(), mean_.device()));
  }
  Variable variance() const override { return exp(log_variance()); }
  Variable sample(const RandomStream& stream) const override {
    return mean_ + exp(log_variance_ * 0.5) * Variable(normal_tensor(mean_.value(), stream));
  }
  bayes::Prior default_prior() const override { return bayes::Normal{}; }
  // The deviation of all weights becomes that of a weight of the largest magnitude.
  void set_relative_deviation(double ratio) override {
    const NoGrad no_grad;
    double largest = 0;
    for (const double w : mean_.value().to(Device::cpu).to_vector<double>()) {
      largest = std::max(largest, std::abs(w));
    }
    log_variance_.value().fill(2 * std::log(ratio * largest + 1e-12));
  }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("weight", mean_);
    visitor.parameter("log_variance", log_variance_, nn::Role::spread);
  }

 private:
  Variable mean_;
  Variable log_variance_;
};

/// The setting that chooses it: BayesianLinear(8, 4, {}, SharedVariance{}, generator).
struct SharedVariance {
  double log_variance = -6;  ///< initial value

  std::unique_ptr<bayes::WeightPosterior> operator()(const Variable& mean) const {
    return std::make_unique<SharedVariancePosterior>(mean, log_variance);
  }
};

}  // namespace example

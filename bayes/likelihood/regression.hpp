// Likelihoods of real targets, with learned noise.
#pragma once

#include "bayes/likelihood/likelihood.hpp"
#include "framework/nn/module.hpp"

namespace credence::bayes {

// The monitor of both is "rmse", that of the location averaged over passes.

/// y ~ N(mean, exp(log_variance)), independent elements: targets [N, D] or, for D = 1, [N]; outputs
/// [N, 2 D], the D means and then the D log variances. A model with a head of 2 D outputs learns
/// the noise of each input (heteroscedastic: Nix and Weigend 1994; Kendall and Gal 2017, arXiv
/// 1703.04977). A model of D outputs, followed by a LearnedNoise, learns one number for each
/// dimension.
class GaussianLikelihood : public OutputDistribution {
 public:
  Variable log_density(const Variable& outputs, const Tensor& targets) const override;
  std::vector<train::Monitor> monitors(const std::vector<Variable>& outputs,
                                       const Tensor& targets) const override;
  TargetMoments moments(const Tensor& outputs) const override;
};

/// y = location + exp(log_scale) · t with t from Student's t distribution with ν degrees of
/// freedom, whose heavy tails bound the influence of outliers. Outputs [N, 2 D]: the D locations,
/// and then the D log_scale. The mean is the location, the variance exp(2 log_scale) ν / (ν − 2).
class StudentTLikelihood : public OutputDistribution {
 public:
  /// Throws ValueError unless ν is above 2 and finite, where the variance exists.
  explicit StudentTLikelihood(double degrees_of_freedom = 4);
  Variable log_density(const Variable& outputs, const Tensor& targets) const override;
  std::vector<train::Monitor> monitors(const std::vector<Variable>& outputs,
                                       const Tensor& targets) const override;
  TargetMoments moments(const Tensor& outputs) const override;

 private:
  double degrees_of_freedom_;
};

/// [N, D] to [N, 2 D]: x, followed by the parameter "log_noise" [D] in each row. A likelihood reads
/// it as the logarithm of the noise's variance or scale.
class LearnedNoise : public nn::Module {
 public:
  explicit LearnedNoise(std::int64_t dimensions, double log_noise = 0);
  Variable forward(const Variable& x) override;
  void visit(nn::Visitor& visitor) override;
  std::string type_name() const override { return "LearnedNoise"; }

 private:
  Variable log_noise_;
};

}  // namespace credence::bayes

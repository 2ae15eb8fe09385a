// One weight, and how its distribution is learned.
#pragma once

#include "bayes/layers/layers.hpp"
#include "docs/explorer/core/figures.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/batch.hpp"

#include <memory>
#include <vector>

namespace credence::explorer {

/// y = w x + noise for points x in [−1, 1], with the weight of a Bayesian layer of one input and
/// one output. The posterior under the prior N(0, s²) and the temperature T is known:
///   p(w | D) ∝ exp(−NLL(w) / T) p(w) = N(m, v),   1 / v = Σ x² / (T σ²) + 1 / s²,
///   m = v Σ x y / (T σ²)   with the deviation σ of the noise.
class WeightView {
 public:
  /// Begins again. Arguments: points, the true weight, σ, s, T, rate, the first μ, the first
  /// deviation of q, and the seed. "x", "y", and what step() returns.
  Figures start(Arguments arguments);
  /// Other σ, s and T for the steps that follow; q stays. Arguments: σ, s, T, rate.
  Figures change(Arguments arguments);
  /// Makes steps of Adam on N · NLL + T · KL. Arguments: how many. "mu", "sigma", "nll" (N times
  /// the mean, for the mean over q), "kl": a number after each step; "exact": m and √v.
  Figures step(Arguments arguments);
  /// The objective over a grid of μ and log₁₀ σ. Arguments: lowest and highest μ, columns, lowest
  /// and highest log₁₀ σ, rows. "surface", row by row.
  Figures surface(Arguments arguments);

 private:
  struct Exact {
    double mean = 0, deviation = 0;
  };
  void rebuild(double mu, double sigma);
  Exact exact() const;
  double mu() const;
  double sigma() const;
  /// N · E[mean NLL] of q = N(mu, sigma²).
  double expected_nll(double mu, double sigma) const;
  double divergence(double mu, double sigma) const;

  train::Batch data_;
  std::vector<double> x_, y_;
  double noise_ = 1, prior_ = 1, temperature_ = 1, rate_ = 0.03;
  std::uint64_t seed_ = 1;
  std::unique_ptr<bayes::BayesianLinear> layer_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::int64_t steps_ = 0;
};

}  // namespace credence::explorer

// Stochastic gradient Markov chain Monte Carlo: Langevin dynamics (SGLD, Welling and Teh 2011) and
// Hamiltonian dynamics with friction (SGHMC, Chen, Fox and Guestrin 2014, arXiv 1402.4102), with
// cyclical steps (Zhang et al. 2020, arXiv 1902.03932) or constant ones.
//
// The target is the posterior of N training samples at temperature T,
//   p(θ) ∝ exp(−U(θ) / T),   U(θ) = N · L(θ) + |θ|² / (2 s²),
// where L is the mean negative log-likelihood that train::fit minimises, and s the deviation of the
// prior N(0, s²) of every parameter. With g the gradient of L on a batch, a step is
//   v ← (1 − α) v − ℓ (g + θ / (N s²)) + √(2 α ℓ T / N) ε,   θ ← θ + v,   ε standard normal,
// which is equation 15 of Chen et al. with their η = ℓ / N and no estimate of the gradient's noise
// (β̂ = 0). ℓ is a learning rate as in SGD of L, and 1 − α its momentum: without the noise this is
// SGD with momentum and weight decay 1 / (N s²). With friction α = 1 it is Langevin dynamics,
//   θ ← θ − ℓ (g + θ / (N s²)) + √(2 ℓ T / N) ε,
// equation 4 of Welling and Teh with their step ε_t = 2 ℓ / N. N is RunSize::training_samples. The
// dynamics are exact as ℓ → 0 only; there is no Metropolis test.
//
// A run of K steps has M cycles. ℓ falls in each by half a cosine from its first value to `floor`
// of it. In the first part of a cycle, `exploration` of its steps, nothing is kept, and without
// `noisy_exploration` there is no noise: that is SGD, which finds a mode. In the rest noise is
// added, and a sample of the weights is kept after each of `samples_per_cycle` equal spans, the
// last at the end of the cycle. With floor = 1 and one cycle the steps are constant, and the first
// part is the burn-in.
//
// Training costs as SGD does, with one normal number a weight and step, and memory for v unless
// α = 1, and for the M · samples_per_cycle samples (see KeptSamples) on the host.
#pragma once

#include "bayes/methods/method.hpp"
#include "framework/core/random.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/fit.hpp"

#include <memory>
#include <string>

namespace credence::bayes {

/// The settings of the dynamics; the symbols are those above. The defaults are cyclical SGHMC for
/// runs of about ten epochs.
struct SgMcmcOptions {
  double learning_rate = 0.1;      ///< ℓ at the start of a cycle
  double friction = 0.1;           ///< α in (0, 1]; 1 for Langevin dynamics
  double prior_deviation = 1;      ///< s
  double temperature = 1;          ///< T; 0 for no noise
  std::int64_t cycles = 4;         ///< M
  double exploration = 0.8;        ///< the share of a cycle before its samples, in [0, 1)
  bool noisy_exploration = false;  ///< whether that part has noise too
  double floor = 0;                ///< the least ℓ of a cycle, as a share of the first
  std::int64_t samples_per_cycle = 3;
  /// The factors of ℓ and of the prior's precision 1 / s² for each role. A factor f on ℓ is one of
  /// the step and of the noise's variance, which leaves the target as it is.
  optim::ParameterGroups groups = optim::ParameterGroups::uniform();
  Generator generator{};  ///< of the noise

  /// "sgld" where α = 1, else "sghmc"; with cyclical steps, which is floor < 1, "csgld", "csghmc".
  std::string name() const;
};

/// SGLD with constant steps: noise in all steps, and 12 samples in the second half of the run.
SgMcmcOptions sgld();
/// SGHMC, likewise.
SgMcmcOptions sghmc();
/// Cyclical SGLD and SGHMC.
SgMcmcOptions csgld();
SgMcmcOptions csghmc();

/// The dynamics as an optimiser, for a program's own loop. It reads the place in the cycle from its
/// count of steps and RunSize::steps. Making it throws ValueError where the run is too short to
/// keep samples_per_cycle samples in each cycle.
optim::Factory sgmcmc_optimizer(const SgMcmcOptions& options);

/// A run of train::fit that samples:
///   bayes::SgMcmc sampling(model, bayes::csghmc());
///   train::FitOptions options{.epochs = 10};
///   sampling.prepare(options);
///   train::fit(*model, source, options);
///   const std::unique_ptr<bayes::Method> method = sampling.finish();
/// The objective must be a mean negative log-likelihood, as the default. A limit of the gradient's
/// norm and augmentation of the data change the target.
class SgMcmc {
 public:
  /// Throws ValueError for settings out of range, and for a model with Bayesian layers, whose
  /// parameters are those of a distribution.
  SgMcmc(std::shared_ptr<nn::Module> model, const SgMcmcOptions& options);
  ~SgMcmc();

  /// Sets the optimiser and the schedule, and adds the observer that keeps the samples. Parameters
  /// that require no gradient stay as they are and are not kept.
  void prepare(train::FitOptions& options);
  /// The method with the kept samples. Throws Error before the end of the run.
  std::unique_ptr<Method> finish() const;

 private:
  class Keeper;
  std::shared_ptr<nn::Module> model_;
  SgMcmcOptions options_;
  std::shared_ptr<Keeper> keeper_;
};

}  // namespace credence::bayes

// IVON, the improved variational online Newton method (Shen et al. 2024, arXiv 2402.17641,
// algorithm 1): an optimiser that learns a Gaussian over the weights at the cost of Adam.
#pragma once

#include "bayes/methods/ivon.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/fit.hpp"

#include <limits>
#include <memory>

namespace credence::bayes {

/// The settings of IVON. The defaults are those of its authors' code
/// (github.com/team-approx-bayes/ivon), whose examples use the learning rate 0.1.
struct IvonOptions {
  double learning_rate = 0.1;    ///< multiplied by h₀ + δ, as in their code
  double beta1 = 0.9;            ///< of the momentum, in [0, 1)
  double beta2 = 0.99999;        ///< of the Hessian, in [0, 1)
  double hessian_start = 1;      ///< h₀, positive
  double weight_decay = 1e-4;    ///< δ, not negative: the prior is N(0, 1 / (λ δ))
  double effective_samples = 0;  ///< λ; 0 for the size of the training set
  /// ξ, the largest magnitude of an element of the step before the learning rate.
  double clip_radius = std::numeric_limits<double>::infinity();
  /// The factors on rate and δ for each role. As in the paper all weights have one prior.
  optim::ParameterGroups groups = optim::ParameterGroups::uniform();
  Generator generator{};  ///< of the noise in training and of the draws afterwards
};

struct IvonPosterior;

/// A run of train::fit that ends in an Ivon:
///
///   bayes::IvonTraining ivon({.learning_rate = 0.2, .generator = Generator(seed)});
///   train::FitOptions fit{.epochs = 10, .schedule = optim::cosine(200)};
///   ivon.prepare(fit);
///   train::fit(*model, train_source, fit);
///   const std::unique_ptr<bayes::Method> method = ivon.finish(model);
///
/// The posterior is N(m, σ²) with σ² = 1 / (λ (h + δ)) for each weight. A step takes its gradient
/// at one draw, as the authors recommend:
///   θ = m + σ · noise
///   g = gradient at θ of the mean loss over the batch
///   ĥ = g · (θ − m) / σ²
///   g̅ = β₁ g̅ + (1 − β₁) g
///   h = β₂ h + (1 − β₂) ĥ + ½ (1 − β₂)² (h − ĥ)² / (h + δ)
///   m = m − rate · (h₀ + δ) · clip((g̅ / (1 − β₁ᵗ) + δ m) / (h + δ), ±ξ)
/// With x = (1 − β₂) (ĥ − h) / (h + δ) the fifth line is (h + δ) ← (h + δ) (1 + x + ½ x²), which is
/// positive for any x. In this form the optimiser keeps h + δ, the "precision" of its state.
///
/// The objective must be a mean negative log-likelihood, such as train::cross_entropy, because δ is
/// the prior. FitOptions::max_gradient_norm should be 0, because a shortened gradient is no
/// estimate of the Hessian. Between steps the parameters are m, and so they are after an exception
/// in a step. An interrupted run resumes as others do, with a new IvonTraining of the same
/// settings.
///
/// Memory: three buffers of the parameters' size; Adam has two. The step is work on the device
/// alone and may be recorded.
class IvonTraining {
 public:
  /// Throws ValueError for settings out of range.
  explicit IvonTraining(const IvonOptions& options = {});

  /// Sets the optimiser. Its factory throws as optim::make_optimizer does, and ValueError for a
  /// model with Bayesian layers, which have noise of their own.
  void prepare(train::FitOptions& options) const;
  /// Makes the method after the run, from the model that it trained. Throws ValueError where there
  /// was no run.
  std::unique_ptr<Method> finish(std::shared_ptr<nn::Module> model) const;

 private:
  IvonOptions options_;
  std::shared_ptr<IvonPosterior> posterior_;  // of the run's optimiser
};

}  // namespace credence::bayes

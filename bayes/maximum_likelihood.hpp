// The objective of maximum likelihood, for models without a posterior and any likelihood.
#pragma once

#include "bayes/likelihood/likelihood.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/objective.hpp"

namespace credence::bayes {

/// The mean negative log-likelihood of a batch, −1/B Σ_n log p(y_n | outputs_n), in nats. The
/// monitors are "nll", the same number, and those of the likelihood. With CategoricalLikelihood it
/// is train::cross_entropy; with GaussianLikelihood the model learns the noise too.
struct MaximumLikelihood {
  Likelihood likelihood{};

  /// The loss of a batch. Throws as the likelihood does.
  train::Loss operator()(nn::Module& model, const train::Batch& batch,
                         const train::TrainingPosition& position) const;
};

}  // namespace credence::bayes

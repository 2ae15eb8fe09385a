// How models learn and how they are scored: as classifiers, or by the numbers that they predict.
#pragma once

#include "bayes/likelihood/likelihood.hpp"
#include "benchmarks/common/models.hpp"
#include "data/dataset.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/objective.hpp"

#include <functional>
#include <string>

namespace credence::benchmarks {

struct Scoring {
  bayes::Likelihood likelihood;    ///< of the Bayesian family's objective
  train::Objective frequentist{};  ///< the objective of the frequentist one
  /// Scores as reports count them: `samples` passes averaged for the Bayesian family (0: the
  /// posterior's mean), one pass for the frequentist.
  std::function<train::Metrics(nn::Module& model, Family family, train::BatchSource& source,
                               std::int64_t samples)>
      evaluate{};
  /// Whether the first are better scores than the second: by these the best epoch is chosen.
  std::function<bool(const train::Metrics&, const train::Metrics&)> better{};
  /// Those by which it is chosen, and all of them: "accuracy 98.75 %  nll 0.0412".
  std::function<std::string(const train::Metrics&)> best_text{};
  std::function<std::string(const train::Metrics&)> text{};
};

/// Where the targets are classes: cross-entropy, the scores "accuracy", by which the best epoch is
/// chosen, and "nll". Where they are numbers: the likelihood of a normal distribution whose mean
/// and log variance are the outputs, the scores "rmse" and "nll", by which the best epoch is
/// chosen.
Scoring scoring_of(const data::Dataset& dataset);

}  // namespace credence::benchmarks

// Task acc: trains a model in both families and compares their accuracy on the test set.
#pragma once

#include "benchmarks/images.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/progress.hpp"

#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// An epoch of training and what the model scored after it, with one pass and one draw of noise.
struct EpochScores {
  train::EpochReport training;
  std::optional<train::Metrics> validation;  ///< where images were held back
  train::Metrics test;
};

/// How one family of the model did.
struct FamilyResult {
  std::string family;  ///< "frequentist" or "Bayesian"
  std::string activation;
  double learning_rate = 0;
  std::int64_t parameters = 0;
  std::size_t bytes = 0;  ///< of the parameters, each counted once
  std::vector<EpochScores> epochs{};
  train::Metrics last{};                      ///< after the last epoch; samples averaged
  std::optional<train::Metrics> last_mean{};  ///< Bayesian: with the posterior's mean, no noise
  std::optional<train::Metrics> chosen{};     ///< of the epoch with the best validation accuracy
  std::int64_t chosen_epoch = 0;              ///< from 0
  std::int64_t best_test_epoch = 0;           ///< by test accuracy, BayeTorch's way of counting
  double training_seconds = 0;                ///< without evaluation
};

struct AccuracyResult {
  std::string dataset;
  std::string where;
  std::int64_t training_images = 0;
  std::int64_t validation_images = 0;
  std::int64_t test_images = 0;
  std::vector<FamilyResult> families;  ///< frequentist, Bayesian
};

/// Trains both families. Where `options.out` is set, the trained parameters are written there as
/// frequentist.safetensors and bayesian.safetensors.
AccuracyResult run_accuracy(const Options& options, const Images& images);

}  // namespace credence::benchmarks

// What the tasks share: the images dealt into parts, and one training run with its scores.
#pragma once

#include "benchmarks/images.hpp"
#include "benchmarks/models.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/progress.hpp"

#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// The images of a run, dealt once for all its models.
struct Parts {
  const Images& images;
  std::vector<std::int64_t> training;    ///< indices into images.train
  std::vector<std::int64_t> validation;  ///< likewise, none in common
};

/// Holds back `options.validation` training images, chosen by the seed. Throws ValueError where
/// there are not enough of them or the model takes images of another shape.
Parts deal(const Options& options, const Images& images);

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

/// What one training run is asked to do.
struct Trial {
  Family family = Family::frequentist;
  std::int64_t epochs = 0;
  double learning_rate = 0;
};

/// The model that the options name, for the run's images, with weights from the seed.
NamedModel make_model(const Options& options, const Parts& parts, Family family,
                      const std::optional<nn::Activation>& activation = std::nullopt);

/// Trains the model, with randomness named by its family, and scores it after every epoch; at the
/// end it has its last parameters.
FamilyResult run_trial(const Options& options, const Parts& parts, const NamedModel& model,
                       const Trial& trial);

/// Accuracy on the test set as reports count it: `samples` passes averaged for the Bayesian family
/// (0: the posterior's mean), one pass for the frequentist.
train::Metrics test_metrics(const Parts& parts, const NamedModel& model, Family family,
                            std::int64_t samples);

/// Writes options.out/NAME.safetensors with what the model is as metadata; nothing where no folder
/// was asked for.
void save_model(const Options& options, const std::string& name, const NamedModel& model,
                Family family, const Parts& parts);

}  // namespace credence::benchmarks

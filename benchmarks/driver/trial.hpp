// What the tasks share: the images in their parts, and one training run with its scores.
#pragma once

#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/interruption.hpp"
#include "data/transform.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/fit.hpp"
#include "framework/train/progress.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace credence::benchmarks {

/// The images of a run in parts, the same for all its models.
struct Parts {
  const Images& images;
  std::vector<std::int64_t> training;    ///< indices into images.train
  std::vector<std::int64_t> validation;  ///< likewise, none in common
};

/// Holds back `options.validation` training images, chosen by the seed. Throws ValueError where
/// there are not enough of them or the model takes images of another shape.
Parts parts_of(const Options& options, const Images& images);

/// What happens to the training images. Digits are shifted a little by the default recipe alone;
/// photographs are shifted and mirrored by both.
data::Transform training_transform(Recipe recipe, std::int64_t channels);

/// How one family of the model did.
struct FamilyResult {
  Family family = Family::frequentist;
  std::string activation;
  double learning_rate = 0;
  std::int64_t parameters = 0;
  std::size_t bytes = 0;  ///< of the parameters, each counted once
  /// With what the model scored after each, with one pass and one draw of noise: on the test set,
  /// and on the validation images where there are some.
  std::vector<train::EpochReport> epochs{};
  train::Metrics last{};                      ///< after the last epoch; samples averaged
  std::optional<train::Metrics> last_mean{};  ///< Bayesian: with the posterior's mean, no noise
  std::optional<train::Metrics> chosen{};     ///< of the epoch with the best validation accuracy
  std::int64_t chosen_epoch = 0;              ///< from 0
  std::int64_t best_test_epoch = 0;           ///< by test accuracy, BayeTorch's way of counting
  double training_seconds = 0;                ///< without evaluation
  std::vector<std::pair<std::string, double>> kl_per_layer{};  ///< Bayesian: in nats, at the end
};

/// What one training run is asked to do.
struct Trial {
  Family family = Family::frequentist;
  std::int64_t epochs = 0;
  double learning_rate = 0;
  /// Asked after each step and each batch of an evaluation.
  std::function<bool()> stop = interruption_requested;
};

/// What the options ask of the family: the second number of epochs is of task init's Bayesian
/// model, the last learning rate of any Bayesian one.
Trial trial_of(const Options& options, Family family);

/// The model that the options name, for the run's images and on its device, with weights from the
/// seed. Its activation is that of the options, else the given one, else that of the Bayesian
/// family's recipe, else the family's own.
NamedModel make_model(const Options& options, const Parts& parts, Family family,
                      std::optional<nn::Activation> activation = std::nullopt);

/// Trains the model, with randomness named by its family, and scores it after every epoch; at the
/// end it has its last parameters. Where `options.out` is set, what the rest of the trial depends
/// on is saved there in a file (see trial_state.hpp) from epoch to epoch and where the trial is
/// stopped; with `options.resume` a trial that has such a file goes on from it, to the same end as
/// if it had never been stopped. Throws train::Interrupted, saying how to go on, where it is
/// stopped; FileError for a file of another run.
FamilyResult run_trial(const Options& options, const Parts& parts, const NamedModel& model,
                       const Trial& trial);

/// What a run throws that was interrupted while it worked on this family: it says how to go on.
train::Interrupted interrupted(const Options& options, Family family);

/// Scores as reports count them: `samples` passes averaged for the Bayesian family (0: the
/// posterior's mean), one pass for the frequentist.
train::Metrics evaluate_family(nn::Module& model, Family family, train::BatchSource& source,
                               std::int64_t samples);

/// The same on the test set.
train::Metrics test_metrics(const Parts& parts, const NamedModel& model, Family family,
                            std::int64_t samples);

/// Writes options.out/NAME.safetensors; nothing where no folder was asked for. Its metadata say
/// what the model is ("model", "family", "activation", "batch_norm"), what it tells apart
/// ("dataset", "classes", "class_names": a line each), how pixels / 255 are normalised ("mean" and
/// "std" of each channel) and how it was trained ("epochs", "seed", "validation": the number of
/// images held back).
void save_model(const Options& options, const std::string& name, const NamedModel& model,
                Family family, const Parts& parts);

}  // namespace credence::benchmarks

// What the tasks share: the samples in their parts, and one training run with its scores.
#pragma once

#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/interruption.hpp"
#include "benchmarks/driver/layer_history.hpp"
#include "data/loader.hpp"
#include "data/transform.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/fit.hpp"
#include "framework/train/progress.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace credence::benchmarks {

/// The samples of a run in parts, the same for all its models.
struct Parts {
  const RunSets& sets;
  std::vector<std::int64_t> training;    ///< indices into sets.train
  std::vector<std::int64_t> validation;  ///< likewise, none in common
  /// Of the images that the models take; without it they take pixels / 255.
  std::optional<data::Normalize> normalize{};
};

/// Holds back the sets' own validation samples, or else `options.validation` training samples,
/// chosen by the seed. Images of data set image-folder are normalised by the mean and the deviation
/// of the training pixels, or as the models of --pretrained take them; other images are not. Throws
/// ValueError where there are not enough of them or the model takes images of another shape.
Parts parts_of(const Options& options, const RunSets& sets);

/// What happens to the training images. Unless the options say otherwise, grey images are shifted a
/// little by the default recipe alone; those in colour are shifted and mirrored by both.
data::Transform training_transform(const Options& options, std::int64_t channels);

/// How one family of the model did.
struct FamilyResult {
  Family family = Family::frequentist;
  std::string activation;
  double learning_rate = 0;
  std::string sample = "image";  ///< what a sample is called
  std::int64_t parameters = 0;
  std::size_t bytes = 0;  ///< of the parameters, each counted once
  /// With what the model scored after each, with one pass and one draw of noise: on the test set,
  /// and on the validation samples where there are some.
  std::vector<train::EpochReport> epochs{};
  /// After the last epoch, or with --keep-best of the kept one; samples averaged.
  train::Metrics last{};
  std::optional<train::Metrics> last_mean{};  ///< Bayesian: with the posterior's mean, no noise
  std::optional<train::Metrics> chosen{};     ///< of the epoch with the best validation score
  std::int64_t chosen_epoch = 0;              ///< from 0
  std::int64_t best_test_epoch = 0;           ///< by the test set, BayeTorch's way of counting
  double training_seconds = 0;                ///< without evaluation
  std::vector<std::pair<std::string, double>> kl_per_layer{};  ///< Bayesian: in nats, at the end
  LayerHistory layers{};                                       ///< Bayesian: after each epoch
  std::optional<std::int64_t> kept_epoch{};  ///< from 0: with --keep-best, whose weights are kept
};

/// What one training run is asked to do.
struct Trial {
  Family family = Family::frequentist;
  std::int64_t epochs = 0;
  double learning_rate = 0;
  /// The name of its state file and in the progress; empty for the family's.
  std::string name{};
  std::optional<std::uint64_t> seed{};  ///< of its randomness, in place of `options.seed`
  /// What a method changes of the way of training, after all else is set.
  std::function<void(train::FitOptions&)> adapt{};
  /// Asked after each step and each batch of an evaluation.
  std::function<bool()> stop = interruption_requested;
};

/// What the options ask of the family: the second number of epochs is of task init's Bayesian
/// model, the last learning rate of any Bayesian one.
Trial trial_of(const Options& options, Family family);

/// What a method changes of the model that the options name.
struct ModelChanges {
  std::optional<std::uint64_t> seed{};  ///< of its weights, in place of `options.seed`
  double dropout = 0;                   ///< ModelOptions::dropout
};

/// The model of the task, or else the one that the options name, for the run's data and on its
/// device, with weights from the seed. Its activation is that of the options, else the given one,
/// else that of the Bayesian family's recipe, else the family's own.
NamedModel make_model(const Options& options, const Parts& parts, Family family,
                      std::optional<nn::Activation> activation = std::nullopt,
                      const ModelChanges& changes = {});

/// Samples of a training step.
std::int64_t batch_size_of(const Options& options, Family family);

/// The batches that a trial trains on: the images of `parts.training`, shuffled by the seed and the
/// family, as the recipe changes them, on the run's device where they fit there.
data::Loader training_loader(const Options& options, const Parts& parts, const Trial& trial);

/// Trains the model, with randomness named by its family, and scores it after every epoch; at the
/// end it has its last parameters. Where `options.out` is set, what the rest of the trial depends
/// on is saved there in a file (see trial_state.hpp) from epoch to epoch and where the trial is
/// stopped; with `options.resume` a trial that has such a file goes on from it, to the same end as
/// if it had never been stopped. Throws train::Interrupted, saying how to go on, where it is
/// stopped; FileError for a file of another run.
FamilyResult run_trial(const Options& options, const Parts& parts, const NamedModel& model,
                       const Trial& trial);

/// What a run throws that was interrupted while it worked on this trial, by the name of its state
/// file: it says how to go on.
train::Interrupted interrupted(const Options& options, const std::string& trial);

/// The scores of the model on the test set, as Scoring::evaluate counts them.
train::Metrics test_metrics(const Parts& parts, const NamedModel& model, Family family,
                            std::int64_t samples);

/// What a file of a model of the run says of it in its metadata: what the model is ("model",
/// "family", "activation", "norm") and how it was trained ("dataset", "epochs", "seed",
/// "validation": the number of samples held back), and "widths" where they are not its own. Of a
/// classifier they also say what it tells apart ("classes", "class_names": a line each), of one of
/// images how pixels / 255 are normalised ("mean" and "std" of each channel), the images' shape
/// where it is not the model's own ("image": "3,64,64"), and, where the seed chose the test images,
/// the checksum of the data ("data_checksum"), of one of a table its "columns" (a line each) and
/// its "target", and of a Bayesian one "posterior", "prior", "estimator", "largest_log_alpha",
/// "largest_deviation" and "prior_deviation", where they are not the default.
std::map<std::string, std::string> model_metadata(const Options& options,
                                                  const nn::Activation& activation, Family family,
                                                  const Parts& parts);

/// Writes options.out/NAME.safetensors with these metadata; nothing where no folder was asked for.
void save_model(const Options& options, const std::string& name, const NamedModel& model,
                Family family, const Parts& parts);

}  // namespace credence::benchmarks

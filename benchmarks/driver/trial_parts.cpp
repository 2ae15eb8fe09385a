// What a trial is made of: parts of the data, a model and its training. And the trained model's
// file.
#include "benchmarks/driver/complete.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/pretrained.hpp"
#include "benchmarks/driver/tables.hpp"
#include "benchmarks/driver/task.hpp"
#include "benchmarks/driver/trial.hpp"
#include "data/pixel_statistics.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"

#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

void require_image_shape(const Options& options, const data::Dataset& dataset) {
  const Shape wanted = image_of(options);
  const Shape& images = dataset.inputs.shape();
  if (dataset.image_shape() == wanted) return;
  throw ValueError("[images] " + options.model + " takes images of shape " + wanted.to_string() +
                   ", those of " + dataset.name + " are " + images.to_string());
}

struct Normalization {
  std::string mean;
  std::string std;
};

// Of each channel, with commas between.
Normalization normalization_of(const Parts& parts) {
  const auto count = static_cast<std::size_t>(parts.sets.train.image_shape()[0]);
  const data::Normalize normalize =
      parts.normalize.value_or(data::Normalize{std::vector(count, 0.0F), std::vector(count, 1.0F)});
  return {fmt::format("{}", fmt::join(normalize.mean, ",")),
          fmt::format("{}", fmt::join(normalize.std, ","))};
}

std::int64_t epochs_of(const Options& options, Family family) {
  const bool second = task_of(options).epochs_each && family == Family::bayesian;
  return second ? options.second_epochs : options.epochs;
}

// A line for each name; of classes that have only numbers nothing.
std::string lines_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + '\n';
  return text;
}

// The scales of the columns of a table with classes, on the training rows; of images nothing.
std::optional<zoo::Scale> rows_of(const Parts& parts) {
  if (parts.sets.train.has_images()) return {};
  return scale_of(parts.sets.train.inputs, parts.training);
}

// How the run's models take its images.
std::optional<data::Normalize> normalize_of(const Options& options, const data::Dataset& train,
                                            const std::vector<std::int64_t>& training) {
  if (options.dataset != kImageFolder) return {};
  if (!pretrained_files(options).empty()) return options.normalize;
  return data::pixel_statistics(train, training);
}

}  // namespace

data::Transform training_transform(const Options& options, std::int64_t channels) {
  const bool colour = channels == 3;
  const std::int64_t grey_shift = options.recipe == Recipe::credence ? 1 : 0;
  const std::int64_t shift = options.shift.value_or(colour ? 4 : grey_shift);
  data::Transform transform;
  if (options.mirror.value_or(colour)) transform.horizontal_flip = data::HorizontalFlip{};
  if (shift > 0) transform.random_crop = data::RandomCrop{.padding = shift};
  return transform;
}

NamedModel make_model(const Options& options, const Parts& parts, Family family,
                      std::optional<nn::Activation> activation, const ModelChanges& changes) {
  const auto& own = task_of(options).own_data;
  if (!own && family == Family::bayesian && !activation) {
    activation = recipe_defaults(options).bayesian.activation;
  }
  NamedModel model =
      own ? own->make_model(options, parts, family)
          : make_model({.name = options.model,
                        .classes = parts.sets.train.classes,
                        .norm = options.norm,
                        .activation = options.activation ? options.activation : activation,
                        .variational = variational_of(options.variational),
                        .dropout = changes.dropout,
                        .widths = options.widths,
                        .rows = rows_of(parts),
                        .image = parts.sets.train.has_images()
                                     ? std::optional(parts.sets.train.image_shape())
                                     : std::nullopt},
                       family, Generator(changes.seed.value_or(options.seed)).split("model"));
  nn::move_to(*model.module, chosen_device(options.computing.device));
  return model;
}

Parts parts_of(const Options& options, const RunSets& sets) {
  if (sets.train.has_images()) require_image_shape(options, sets.train);
  const std::int64_t validation = sets.validation.value_or(
      options.validation == kTenth ? sets.train.size() / 10 : options.validation);
  if (validation >= sets.train.size()) {
    const std::string sample = sample_name(sets.train);
    throw ValueError("[" + sample + "s] " + counted(validation, sample) +
                     " cannot be held back from " + std::to_string(sets.train.size()));
  }
  data::IndexSplit split = held_back(sets, validation, options.seed);
  if (options.training_images > static_cast<std::int64_t>(split.train.size())) {
    throw ValueError("[images] " + counted(options.training_images, "training image") +
                     " asked for, there are " + std::to_string(split.train.size()));
  }
  if (options.training_images > 0) {
    split.train.resize(static_cast<std::size_t>(options.training_images));
  }
  std::optional<data::Normalize> normalize = normalize_of(options, sets.train, split.train);
  return {sets, std::move(split.train), std::move(split.validation), std::move(normalize)};
}

std::int64_t batch_size_of(const Options& options, Family family) {
  return family == Family::bayesian ? options.bayesian_batch_size.value_or(options.batch_size)
                                    : options.batch_size;
}

Trial trial_of(const Options& options, Family family) {
  return {.family = family,
          .epochs = epochs_of(options, family),
          .learning_rate = family == Family::bayesian ? options.learning_rates.back()
                                                      : options.learning_rates.front()};
}

std::map<std::string, std::string> model_metadata(const Options& options,
                                                  const nn::Activation& activation, Family family,
                                                  const Parts& parts) {
  const data::Dataset& dataset = parts.sets.train;
  std::map<std::string, std::string> metadata{
      {"model", options.model},
      {"family", file_name(family)},
      {"activation", activation.name()},
      {"norm", to_string(options.norm)},
      {"dataset", dataset.name},
      {"epochs", std::to_string(epochs_of(options, family))},
      {"seed", std::to_string(options.seed)},
      {"validation", std::to_string(parts.validation.size())}};
  if (options.held_out > 0) metadata["held_out"] = std::to_string(options.held_out);
  if (!options.widths.empty())
    metadata["widths"] = fmt::format("{}", fmt::join(options.widths, ","));
  if (dataset.has_images()) {
    const Normalization normalization = normalization_of(parts);
    metadata["mean"] = normalization.mean;
    metadata["std"] = normalization.std;
    const Shape image = dataset.image_shape();
    if (image != model_named(options.model).image) {
      metadata["image"] = fmt::format("{},{},{}", image[0], image[1], image[2]);
    }
    if (parts.sets.seed_chose_test) metadata["data_checksum"] = parts.sets.checksum;
  }
  if (dataset.classes > 0) {
    metadata["classes"] = std::to_string(dataset.classes);
    metadata["class_names"] = lines_of(dataset.class_names);
  }
  if (dataset.classes > 0 && !parts.sets.columns.empty()) {
    metadata["columns"] = lines_of(parts.sets.columns);
    metadata["target"] = parts.sets.target;
  }
  if (family == Family::bayesian) {
    // What the list of tensors does not tell of a model that is not the default one.
    const VariationalChoice& choice = options.variational;
    if (choice.posterior != VariationalChoice{}.posterior) metadata["posterior"] = choice.posterior;
    if (!choice.prior.empty()) metadata["prior"] = choice.prior;
    if (!choice.estimator.empty()) metadata["estimator"] = choice.estimator;
    const auto add = [&](const char* name, const std::optional<double>& number) {
      if (number) metadata[name] = fmt::format("{}", *number);
    };
    add("largest_log_alpha", choice.largest_log_alpha);
    add("largest_deviation", choice.largest_deviation);
    add("prior_deviation", choice.prior_deviation);
  }
  return metadata;
}

void save_model(const Options& options, const std::string& name, const NamedModel& model,
                Family family, const Parts& parts) {
  if (!options.out) return;
  io::save_checkpoint(*options.out / (name + ".safetensors"), *model.module,
                      model_metadata(options, model.activation, family, parts));
}

}  // namespace credence::benchmarks

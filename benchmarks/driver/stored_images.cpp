// Test images, validation images and loaders for a stored model.
#include "benchmarks/driver/stored_images.hpp"

#include "benchmarks/driver/complete.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/picture_sets.hpp"
#include "benchmarks/driver/tables.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <optional>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

std::string dataset_of(const StoredModelOptions& options, const StoredModel& stored) {
  if (!options.dataset.empty()) return options.dataset;
  return stored.dataset.empty() ? model_named(stored.name).dataset : stored.dataset;
}

PictureSetOptions pictures_of(const StoredModel& stored) {
  return {.image = stored.image, .classes = stored.class_names, .seed = stored.seed};
}

// The parts of the folder as the model's training had them.
RunSets picture_sets(const StoredModelOptions& options, const StoredModel& stored) {
  RunSets sets = read_picture_sets(*options.data_dir, pictures_of(stored));
  if (has_other_pictures(sets, stored)) {
    throw FileError(options.data_dir->string(),
                    "has other pictures than those of the model's training, of which the seed "
                    "chose some to test on; \"credence-bench evaluate --checkpoint FILE FOLDER\" "
                    "tests on all pictures of a folder");
  }
  return sets;
}

data::Dataset test_pictures(const StoredModelOptions& options, const StoredModel& stored) {
  if (!seed_chooses_test(*options.data_dir)) {
    return read_test_pictures(*options.data_dir, pictures_of(stored));
  }
  // Of a model that was not trained on such a folder.
  if (!stored.metadata.contains("data_checksum")) {
    return read_pictures(*options.data_dir, stored.image, stored.class_names);
  }
  return picture_sets(options, stored).test;
}

// All pictures of the folder that the command names.
data::Dataset named_pictures(const StoredModelOptions& options, const StoredModel& stored) {
  data::Dataset dataset = read_pictures(*options.folder, stored.image, stored.class_names);
  dataset.name = options.folder->string();
  return dataset;
}

std::optional<RunSets> training_set(const StoredModelOptions& options, const StoredModel& stored) {
  const std::string name = dataset_of(options, stored);
  if (name == kImageFolder) {
    const bool known = stored.metadata.contains("data_checksum");
    if (seed_chooses_test(*options.data_dir) && !known) return {};
    return picture_sets(options, stored);
  }
  std::optional<data::Dataset> images = find_training_set(name, options.data_dir, stored.seed);
  if (!images) return {};
  return RunSets{.train = std::move(*images), .test = {}, .where = {}};
}

// The rows of a table for a model of such.
data::Dataset test_rows(const std::string& command, const std::string& file,
                        const StoredModelOptions& options, const StoredModel& stored) {
  if (!is_table(file)) {
    throw ValueError(
        fmt::format("[{}] {} was trained on a table; --dataset {} names the rows to "
                    "test it on",
                    command, stored.name, kTableFiles));
  }
  const auto target = stored.metadata.find("target");
  const std::string own = target == stored.metadata.end() ? std::string() : target->second;
  return rows_to_evaluate(file, stored.columns, options.target.value_or(own), stored.class_names);
}

}  // namespace

data::Dataset test_set(const std::string& command, const StoredModelOptions& options,
                       const StoredModel& stored) {
  const std::string name = dataset_of(options, stored);
  if (takes_rows(stored)) return test_rows(command, name, options, stored);
  if (is_table(name) || options.target) {
    throw ValueError(
        fmt::format("[{}] {} takes images, not the rows of a table", command, stored.name));
  }
  if (!options.folder) require_folder(name, options.data_dir);
  data::Dataset dataset = options.folder ? named_pictures(options, stored)
                          : name == kImageFolder
                              ? test_pictures(options, stored)
                              : find_test_set(name, options.data_dir, stored.seed);
  const Shape image = dataset.image_shape();
  const Shape& wanted = stored.image;
  if (image != wanted || dataset.classes != stored.classes) {
    throw ValueError(fmt::format("[{}] {} takes images of shape {} in {}; {} has {} in {}", command,
                                 stored.name, wanted.to_string(),
                                 counted(stored.classes, "class", "classes"), dataset.name,
                                 image.to_string(), dataset.classes));
  }
  return dataset;
}

std::optional<TrainingImages> training_images(const StoredModelOptions& options,
                                              const StoredModel& stored) {
  if (!stored.validation || dataset_of(options, stored) != stored.dataset) return {};
  std::optional<RunSets> sets = training_set(options, stored);
  if (!sets || sets->train.size() <= *stored.validation + stored.held_out) return {};
  if (stored.held_out > 0) {
    sets->train =
        data::subset(sets->train, held_out_split(sets->train, stored.held_out, stored.seed).train);
  }
  // As parts_of holds them back.
  data::IndexSplit split = held_back(*sets, *stored.validation, stored.seed);
  return TrainingImages{std::move(sets->train), std::move(split)};
}

bool has_other_pictures(const RunSets& sets, const StoredModel& stored) {
  const auto checksum = stored.metadata.find("data_checksum");
  return sets.seed_chose_test && checksum != stored.metadata.end() &&
         checksum->second != sets.checksum;
}

data::Loader loader_of(const StoredModel& stored, const data::Dataset& dataset) {
  return {dataset,
          {.batch_size = kEvaluationBatch,
           .transform = {.normalize = stored.normalize},
           .device = nn::device_of(*stored.model.module)}};
}

}  // namespace credence::benchmarks

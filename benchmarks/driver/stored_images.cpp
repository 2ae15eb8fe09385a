// Test images, validation images and loaders for a stored model.
#include "benchmarks/driver/stored_images.hpp"

#include "benchmarks/driver/complete.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/tables.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <optional>
#include <sstream>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

std::string dataset_of(const StoredModelOptions& options, const StoredModel& stored) {
  if (!options.dataset.empty()) return options.dataset;
  return stored.dataset.empty() ? model_named(stored.name).dataset : stored.dataset;
}

std::optional<data::Dataset> training_set(const StoredModelOptions& options,
                                          const StoredModel& stored) {
  const std::string name = dataset_of(options, stored);
  if (name != kImageFolder) return find_training_set(name, options.data_dir, stored.seed);
  return read_image_folder(*options.data_dir, data::Split::train, model_named(stored.name).image,
                           stored.class_names);
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
  std::vector<std::string> columns;
  std::istringstream lines(stored.metadata.at("columns"));
  for (std::string line; std::getline(lines, line);) columns.push_back(line);
  const auto target = stored.metadata.find("target");
  const std::string own = target == stored.metadata.end() ? std::string() : target->second;
  return rows_to_evaluate(file, columns, options.target.value_or(own), stored.class_names);
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
  require_folder(name, options.data_dir);
  data::Dataset dataset =
      name == kImageFolder ? read_image_folder(*options.data_dir, data::Split::test,
                                               model_named(stored.name).image, stored.class_names)
                           : find_test_set(name, options.data_dir, stored.seed);
  const Shape& images = dataset.inputs.shape();
  const Shape image{images[1], images[2], images[3]};
  const Shape wanted = model_named(stored.name).image;
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
  std::optional<data::Dataset> images = training_set(options, stored);
  if (!images || images->size() <= *stored.validation + stored.held_out) return {};
  if (stored.held_out > 0) {
    images = data::subset(*images, held_out_split(*images, stored.held_out, stored.seed).train);
  }
  // As parts_of holds them back.
  data::IndexSplit split =
      data::split(*images, *stored.validation, Generator(stored.seed).split("validation"));
  return TrainingImages{std::move(*images), std::move(split)};
}

data::Loader loader_of(const StoredModel& stored, const data::Dataset& dataset) {
  return {dataset,
          {.batch_size = kEvaluationBatch,
           .transform = {.normalize = stored.normalize},
           .device = nn::device_of(*stored.model.module)}};
}

}  // namespace credence::benchmarks

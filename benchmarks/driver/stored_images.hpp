// The images on which the commands measure a stored model.
#pragma once

#include "benchmarks/driver/run_sets.hpp"
#include "benchmarks/driver/stored_model.hpp"
#include "data/loader.hpp"

#include <optional>
#include <string>

namespace credence::benchmarks {

/// The test images: of the folder or the data set of the options, else of the file's data set, else
/// of the model's. Of an image-folder of which the seed chose test images in training they are
/// these. Of a model of a table all rows of the options' table. Throws as find_test_set and
/// rows_to_evaluate do, FileError where that folder has changed since, and ValueError, naming the
/// command, where the model takes images of another shape or tells apart another number of classes.
data::Dataset test_set(const std::string& command, const StoredModelOptions& options,
                       const StoredModel& stored);

/// The images that a stored model was trained with, and those held back from it.
struct TrainingImages {
  data::Dataset images;
  data::IndexSplit split;
};

/// Nothing where the file does not say how many images were held back, where the options name
/// another data set, and where the training part is not found.
std::optional<TrainingImages> training_images(const StoredModelOptions& options,
                                              const StoredModel& stored);

/// Whether the seed chose the test pictures of a folder, and the folder has others than in the
/// model's training: what was trained on may be among the test pictures.
bool has_other_pictures(const RunSets& sets, const StoredModel& stored);

/// Batches of kEvaluationBatch images, normalised as the model takes them, on its device.
data::Loader loader_of(const StoredModel& stored, const data::Dataset& dataset);

}  // namespace credence::benchmarks

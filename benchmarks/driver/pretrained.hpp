// The model that a task begins with: trained by the task, or by another run (--pretrained).
#pragma once

#include "benchmarks/driver/trial.hpp"

#include <filesystem>
#include <vector>

namespace credence::benchmarks {

struct TrainedModel {
  NamedModel model;
  FamilyResult result;                         ///< without epochs where another run trained it
  std::optional<data::Normalize> normalize{};  ///< Parts::normalize
};

/// Trains and saves a model of the family; with `options.pretrained` it is that of its file
/// instead, if Bayesian with `options.activation`, and only scored. Throws as run_trial does;
/// FileError where the file is none, of another model or family, does not fit the images as the run
/// takes them, has their classes in another order, or, for a task that calibrates, was trained with
/// other images held back.
TrainedModel train_or_load(const Options& options, const Parts& parts, Family family);

/// Throws FileError where a stored model tells other classes apart than `sets.train` has, or has
/// them in another order, takes images of another shape or normalised in another way than
/// `options.normalize` says, or was trained on images of which the seed chose others to test on.
void require_fitting(const Options& options, const StoredModel& stored, const RunSets& sets,
                     const std::string& file);

/// The options of a run on data set image-folder with the shape and the normalisation of the images
/// that the first file of --pretrained names, the shape unless the options say it; other options as
/// they are. Throws FileError where the file is none, or names what there cannot be.
Options with_pretrained_images(Options options);

/// The file that `options.pretrained` is, or those in the folder that it is; none without it.
std::vector<std::filesystem::path> pretrained_files(const Options& options);

/// Throws as train_or_load does where a file of `options.pretrained` cannot serve the task.
void require_pretrained(const Options& options, const Parts& parts);

}  // namespace credence::benchmarks

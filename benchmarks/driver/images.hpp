// The images of a run, and how they are found.
#pragma once

#include "benchmarks/driver/options.hpp"
#include "benchmarks/driver/run_sets.hpp"
#include "data/dataset.hpp"
#include "data/transform.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// The sets of a run for images.
using Images = RunSets;

/// [C, H, W] of the images that the run's models take: of the options, or else of the model.
Shape image_of(const Options& options);

/// Reads the data set of `options.dataset` from where it is found, or its table. Where it is
/// nowhere, says so on stderr and draws synthetic-digits instead, as many as MNIST has. Throws
/// FileError for an explicit folder without it, for damaged files, and for an image-folder whose
/// parts have not the same classes. Throws ValueError where the options ask for validation pictures
/// of an image-folder that has its own.
Images find_images(const Options& options);

/// The test part alone, so that the training part need not be there. Throws Error where the data
/// set is nowhere; FileError as find_images does.
data::Dataset find_test_set(const std::string& dataset,
                            const std::optional<std::filesystem::path>& data_dir,
                            std::uint64_t seed);

/// The training part alone, in the order in which a run has it; nothing where it is not found.
/// Throws FileError for damaged files.
std::optional<data::Dataset> find_training_set(const std::string& dataset,
                                               const std::optional<std::filesystem::path>& data_dir,
                                               std::uint64_t seed);

/// Images in a batch of a test set. The noise of posterior samples differs from row to row, so
/// whoever wants the same numbers takes the same batches.
inline constexpr std::int64_t kEvaluationBatch = 500;

using data::class_name;
using data::to_float;

}  // namespace credence::benchmarks

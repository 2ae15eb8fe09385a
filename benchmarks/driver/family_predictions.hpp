// The predictions of a run's models, kept for all metrics of the tasks calib, ood and compare.
#pragma once

#include "bayes/predictions.hpp"
#include "benchmarks/driver/pretrained.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// The predictions of the model for images of the data set, those at `indices` or all, in batches
/// of kEvaluationBatch: `options.samples` passes of a Bayesian model, one of a frequentist. `what`
/// names the images in the progress. Throws train::Interrupted, saying how to go on, where the run
/// is interrupted.
bayes::ClassPredictions family_predictions(const Options& options, const TrainedModel& trained,
                                           const data::Dataset& dataset, const std::string& what,
                                           std::optional<std::vector<std::int64_t>> indices = {});

/// The same of any method, by `options.samples`, on normalised images; `name` is the method's in
/// the progress.
bayes::ClassPredictions method_predictions(const Options& options, bayes::Method& method,
                                           const std::string& name, const data::Dataset& dataset,
                                           const std::string& what,
                                           const std::optional<data::Normalize>& normalize);

}  // namespace credence::benchmarks

// The predictions of a run's models, kept for all metrics of the tasks calib and ood.
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

}  // namespace credence::benchmarks

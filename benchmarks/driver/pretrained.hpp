// The model that a task begins with: trained by the task, or by another run (--pretrained).
#pragma once

#include "benchmarks/driver/trial.hpp"

namespace credence::benchmarks {

struct TrainedModel {
  NamedModel model;
  FamilyResult result;  ///< without epochs where another run trained it
};

/// Trains and saves a model of the family; with `options.pretrained` it is that file's instead, if
/// Bayesian with `options.activation`, and only scored. Throws as run_trial does; FileError where
/// the file is none, of another model or family, does not fit the images as the run takes them, or
/// has their classes in another order.
TrainedModel train_or_load(const Options& options, const Parts& parts, Family family);

/// Throws as train_or_load does where the file of `options.pretrained` cannot serve the task.
void require_pretrained(const Options& options, const Parts& parts);

}  // namespace credence::benchmarks

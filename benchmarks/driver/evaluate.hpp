// Command evaluate: what the predictions of a trained model are worth.
#pragma once

#include "benchmarks/driver/stored_model.hpp"

namespace credence::benchmarks {

/// Prints accuracy, negative log-likelihood and all metrics of a classification report on the test
/// set, of a Bayesian model for averaged samples and for the posterior's mean; with
/// `options.ood_data` also how well the model tells those images from the test set. Throws as
/// read_stored_model, find_test_set and find_ood_data do, ValueError for a data set that does not
/// fit the model; nothing is printed then.
void evaluate(const StoredModelOptions& options);

}  // namespace credence::benchmarks

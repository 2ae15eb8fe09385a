// Command evaluate: the test accuracy of a trained model.
#pragma once

#include "benchmarks/driver/stored_model.hpp"

namespace credence::benchmarks {

/// Prints accuracy and negative log-likelihood on the test set, of a Bayesian model for averaged
/// samples and for the posterior's mean. Throws as read_stored_model and find_test_set do,
/// ValueError for a data set that does not fit the model; nothing is printed then.
void evaluate(const StoredModelOptions& options);

}  // namespace credence::benchmarks

// Command predict: what a trained model makes of a user's pictures.
#pragma once

#include "benchmarks/stored_model.hpp"

namespace credence::benchmarks {

/// Prints each picture's class, probabilities and uncertainty. Throws as read_stored_model and
/// data::read_image do; nothing is printed then.
void predict(const StoredModelOptions& options);

}  // namespace credence::benchmarks

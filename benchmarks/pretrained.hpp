// A model that another run trained, in place of training one: the option --pretrained.
#pragma once

#include "benchmarks/trial.hpp"

namespace credence::benchmarks {

/// The model of the family in `options.pretrained`, with `options.activation` if it is Bayesian.
/// Throws FileError where the file is none, of another model or family, or does not fit the images
/// as the run takes them.
NamedModel load_pretrained(const Options& options, const Parts& parts, Family family);

/// What is known of such a model: no epochs, its sizes and its accuracy on the test set.
FamilyResult score_pretrained(const Options& options, const Parts& parts, const NamedModel& model,
                              Family family);

}  // namespace credence::benchmarks

// Loading weights that another program trained into a model of the zoo: all of them, or all but the
// head.
#pragma once

#include "bayes/convert.hpp"
#include "framework/io/checkpoint.hpp"
#include "zoo/family.hpp"

#include <filesystem>
#include <utility>

namespace credence::zoo {

/// Loads all but the head, the last fully connected layer, which keeps what it holds: the start of
/// training for other classes. The model may be of either family; a Bayesian one takes the file of
/// a frequentist one (bayes::load_weights). The head is in the report's `skipped`. Throws as
/// io::load_checkpoint does.
template <template <class> class Model, class Family>
io::LoadReport load_all_but_head(const std::filesystem::path& path, Model<Family>& model,
                                 io::LoadOptions options = {}) {
  options.skip.push_back(model.head());
  return bayes::load_weights(path, model, std::move(options));
}

}  // namespace credence::zoo

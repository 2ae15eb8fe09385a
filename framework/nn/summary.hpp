#pragma once

#include "framework/nn/module.hpp"

#include <optional>

namespace credence::nn {

/// One layer of a model.
struct LayerSummary {
  std::string path;                ///< "conv1"; empty for the model itself
  std::string type;                ///< "Conv2d"
  std::optional<Shape> output;     ///< of its last call; none where the model does not call it
  std::int64_t parameters = 0;     ///< its own, not those of its parts
  std::size_t bytes = 0;           ///< of the parameters
  std::int64_t multiply_adds = 0;  ///< of all its calls; adding a bias is not counted
};

/// A model for an input of one shape.
struct Summary {
  Shape input;
  std::vector<LayerSummary> layers;
  std::int64_t parameters = 0;
  std::size_t bytes = 0;
  std::int64_t multiply_adds = 0;  ///< of one forward pass of the whole batch
};

/// Runs the model once on zeros of that shape, in evaluation mode and without recording, and lists
/// in the order of visit each module that has no parts or has parameters of its own. The model is
/// left as it was, its generators included. A module or parameter that several modules share is
/// listed and counted once, by its first path. Functions that a model's text calls, such as
/// max_pool2d or an activation, are no modules: they do not show up, and their work is not counted.
/// Throws what the forward pass throws.
Summary summarize(Module& model, const Shape& input);

/// An aligned Markdown table: a line for each layer, the totals in the last.
std::string to_string(const Summary& summary);

}  // namespace credence::nn

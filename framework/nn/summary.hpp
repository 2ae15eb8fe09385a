// A table of a model's layers: output shapes, parameters, bytes and multiply-adds.
#pragma once

#include "framework/nn/module.hpp"

#include <optional>

namespace credence::nn {

/// One layer of a model.
struct LayerSummary {
  std::string path;                ///< "conv1"; empty for the model itself
  std::string type;                ///< "Conv2d"
  std::optional<Shape> output;     ///< of its last call; nothing where the model does not call it
  std::int64_t parameters = 0;     ///< of its own, without those of its parts
  std::size_t bytes = 0;           ///< of these parameters
  std::int64_t multiply_adds = 0;  ///< of all its calls; adding a bias is not counted
};

/// The layers of a model for one input shape, and their sums.
struct Summary {
  Shape input;
  std::vector<LayerSummary> layers;
  std::int64_t parameters = 0;
  std::size_t bytes = 0;
  std::int64_t multiply_adds = 0;  ///< of one forward pass of the whole batch
};

/// Runs the model once on zeros of the shape `input`, in evaluation mode and without a graph.
/// Lists, in the order of visit, each module that has no parts or has parameters of its own.
/// Afterwards the model is as it was, its generators included. A shared module or parameter is
/// listed and counted once, by its first path. Functions that a model's forward calls, such as
/// max_pool2d or an activation, are not modules: they are not listed, and their work is not
/// counted. Throws what the forward pass throws.
Summary summarize(Module& model, const Shape& input);

/// An aligned Markdown table with a line for each layer and a last line with the totals.
std::string to_string(const Summary& summary);

}  // namespace credence::nn

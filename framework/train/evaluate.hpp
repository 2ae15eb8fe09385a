#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"

#include <functional>

namespace credence::train {

/// What a model scores on a data set.
struct Metrics {
  std::int64_t samples = 0;
  double accuracy = 0;  ///< share of samples whose most probable class is the label, 0 to 1
  double nll = 0;       ///< mean negative log-likelihood of the labels, in nats
};

/// How many rows of scores [N, C] are largest at their label. Throws ShapeError where the labels
/// are not [N].
std::int64_t count_correct(const Tensor& scores, const Tensor& labels);

/// Log-probabilities [N, C] of the classes for images [N, …].
using Predictor = std::function<Tensor(const Tensor& images)>;

/// Runs the predictor over epoch 0 of the source, recording nothing for differentiation.
Metrics evaluate(BatchSource& source, const Predictor& predictor);

/// The same for a model whose outputs are logits.
Metrics evaluate(nn::Module& model, BatchSource& source);

}  // namespace credence::train

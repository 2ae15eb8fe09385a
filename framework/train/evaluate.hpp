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
/// are not [N], ValueError for one outside [0, C).
std::int64_t count_correct(const Tensor& scores, const Tensor& labels);
/// Throws ValueError, naming `op`, where the number of correct rows that a kernel counted is none,
/// as a label was outside the classes.
void require_labels(const char* op, double correct);

/// Whether a tensor has an element that is not a number; infinite ones are.
bool has_nan(const Tensor& tensor);

/// Log-probabilities [N, C] of the classes for images [N, …].
using Predictor = std::function<Tensor(const Tensor& images)>;

/// Runs the predictor over epoch 0 of the source, recording nothing for differentiation. Throws
/// ValueError where a score is not a number, as that is no prediction, and where a label is outside
/// [0, C).
Metrics evaluate(BatchSource& source, const Predictor& predictor);

/// The same for a model whose outputs are logits. Throws ValueError, naming the tensor, where one
/// of the model's has an element that is not finite.
Metrics evaluate(nn::Module& model, BatchSource& source);

}  // namespace credence::train

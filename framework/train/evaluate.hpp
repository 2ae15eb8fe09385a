// Evaluation of a model on a data set.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"

#include <functional>

namespace credence::train {

/// The scores of a model on a data set.
struct Metrics {
  std::int64_t samples = 0;
  double accuracy = 0;  ///< share of samples whose most probable class is the label, 0 to 1
  double nll = 0;       ///< mean negative log-likelihood of the labels, in nats
};

/// The number of rows of scores [N, C] whose largest element is that of their label. Throws
/// ShapeError where the labels are not [N], and ValueError for a label outside [0, C).
std::int64_t count_correct(const Tensor& scores, const Tensor& labels);
/// Throws ValueError that names `op` where `correct`, a count from a kernel, is NaN: then a label
/// was outside the classes.
void require_labels(const char* op, double correct);

/// Whether an element of the tensor is NaN. Infinities are allowed.
bool has_nan(const Tensor& tensor);

/// Returns the log-probabilities [N, C] of the classes for images [N, …].
using Predictor = std::function<Tensor(const Tensor& images)>;

/// Runs the predictor over epoch 0 of the source, without a graph. Throws ValueError where a score
/// is NaN, and where a label is outside [0, C).
Metrics evaluate(BatchSource& source, const Predictor& predictor);

/// The same for a model whose outputs are logits, in evaluation mode. Throws ValueError that names
/// the tensor where a parameter or buffer of the model is not finite.
Metrics evaluate(nn::Module& model, BatchSource& source);

}  // namespace credence::train

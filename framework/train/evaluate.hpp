// Evaluation of a model on a data set.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"
#include "framework/train/objective.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace credence::train {

/// The scores of a model on a data set. Those of a classification are "accuracy" and "nll".
struct Metrics {
  std::int64_t samples = 0;
  std::vector<NamedValue> values{};  ///< none where there are no samples

  /// The score of this name. Throws ValueError where there is none.
  double at(std::string_view name) const { return value_of(values, name); }
  /// The share of samples whose most probable class is the label, 0 to 1.
  double accuracy() const { return at("accuracy"); }
  /// The mean negative log-likelihood of the labels, in nats.
  double nll() const { return at("nll"); }

  bool operator==(const Metrics&) const = default;
};

/// The metrics of a classification.
Metrics classification_metrics(std::int64_t samples, double accuracy, double nll);

/// The number of rows of scores [N, C] whose largest element is that of their label. Throws
/// ShapeError where the labels are not [N], and ValueError for a label outside [0, C).
std::int64_t count_correct(const Tensor& scores, const Tensor& labels);

/// Whether an element of the tensor is NaN. Infinities are allowed.
bool has_nan(const Tensor& tensor);

/// Returns the log-probabilities [N, C] of the classes for inputs [N, …].
using Predictor = std::function<Tensor(const Tensor& inputs)>;

/// Runs the predictor over epoch 0 of the source, without a graph, and gives the metrics of a
/// classification. The rows of each batch are spread over the ranks of the group, within a
/// BatchScope; all ranks get the metrics of one process, up to the rounding of sums. Throws
/// ValueError where a score is NaN, and where a label is outside [0, C).
Metrics evaluate(BatchSource& source, const Predictor& predictor, Group& group = single_process());

/// The same for a model whose outputs are logits, in evaluation mode. Throws ValueError that names
/// the tensor where a parameter or buffer of the model is not finite.
Metrics evaluate(nn::Module& model, BatchSource& source, Group& group = single_process());

/// The objective over epoch 0 of the source, in evaluation mode and without a graph: "loss", the
/// mean over samples, and the objective's monitors. The objective sees the position after the last
/// step of a run, with the source's samples as the training set. Throws as the objective does, and
/// ValueError where the loss is NaN or a tensor of the model is not finite.
Metrics evaluate(nn::Module& model, BatchSource& source, const Objective& objective);

}  // namespace credence::train

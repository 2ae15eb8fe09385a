#pragma once

#include "framework/core/named_tensor.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"

#include <functional>
#include <string>
#include <vector>

namespace credence::train {

/// An objective worked out for one batch.
struct Loss {
  Variable total;                  ///< the scalar that training minimises
  std::vector<NamedTensor> terms;  ///< its parts, scalars, for reports
  Tensor scores;                   ///< [N, C]; the largest of a row is the predicted class
  /// Whether all later steps compute the same function of model and batch, by work on the model's
  /// device alone, so that the step may be recorded there and replayed.
  bool repeats = false;
};

/// Where in a run a training step stands.
struct TrainingPosition {
  std::int64_t training_samples = 1;  ///< N, the size of the whole training set
  std::int64_t step = 0;              ///< from 0
  std::int64_t steps = 1;             ///< of the whole run
};

/// Computes the loss of a batch.
using Objective =
    std::function<Loss(nn::Module& model, const Batch& batch, const TrainingPosition& position)>;

/// The mean cross-entropy of the model's logits [N, C] and the labels, term "nll".
Loss cross_entropy(nn::Module& model, const Batch& batch, const TrainingPosition& position);

}  // namespace credence::train

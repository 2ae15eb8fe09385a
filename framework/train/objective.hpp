#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"

#include <functional>
#include <string>
#include <vector>

namespace credence::train {

/// One named part of an objective, a scalar.
struct Term {
  std::string name;
  Tensor value;
};

/// An objective worked out for one batch.
struct Loss {
  Variable total;           ///< the scalar that training minimises
  std::vector<Term> terms;  ///< its parts, for reports
  Tensor scores;            ///< [N, C]; the largest of a row is the predicted class
};

/// Computes the loss of a batch; `training_samples` is the size N of the whole training set.
using Objective =
    std::function<Loss(nn::Module& model, const Batch& batch, std::int64_t training_samples)>;

/// The mean cross-entropy of the model's logits [N, C] and the labels, term "nll".
Loss cross_entropy(nn::Module& model, const Batch& batch, std::int64_t training_samples);

}  // namespace credence::train

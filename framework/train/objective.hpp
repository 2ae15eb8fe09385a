// Objectives: the scalar that training minimises, and what it reports beside it.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/losses.hpp"
#include "framework/train/batch.hpp"
#include "framework/train/monitor.hpp"

#include <functional>
#include <vector>

namespace credence::train {

/// The value of an objective for one batch.
struct Loss {
  Variable total;                   ///< the scalar that training minimises
  std::vector<Monitor> monitors{};  ///< of reports; the same for every batch
  /// Whether all later steps compute the same function of model and batch by work on the model's
  /// device only, so that a step may be recorded and replayed.
  bool repeats = false;
};

/// The position of a training step in its run.
struct TrainingPosition {
  std::int64_t training_samples = 1;  ///< N, the size of the whole training set
  std::int64_t step = 0;              ///< from 0
  std::int64_t steps = 1;             ///< of the whole run
  std::int64_t batches = 1;           ///< steps of one epoch: its batches, unless several make one
};

/// Computes the loss of one batch.
using Objective =
    std::function<Loss(nn::Module& model, const Batch& batch, const TrainingPosition& position)>;

/// The model's outputs for the inputs of a batch, from one call: with `more_inputs`, or for a model
/// that gives several outputs, as a list (see nn::MultiModule).
std::vector<Variable> outputs_of(nn::Module& model, const Batch& batch);
/// The model's only output. Throws ShapeError where there are more.
Variable output_of(nn::Module& model, const Batch& batch);

/// The mean cross-entropy, in nats, of the model's logits [N, C] and the labels [N], as
/// torch.nn.CrossEntropyLoss. Its monitors are "nll", the same number, and "accuracy".
Loss cross_entropy(nn::Module& model, const Batch& batch, const TrainingPosition& position);

/// The mean cross-entropy with class weights and label smoothing of framework/ops/losses.hpp, as
/// torch.nn.CrossEntropyLoss. The monitor "nll" is the plain mean negative log-likelihood. A mean
/// over weights makes FitOptions::accumulate differ from one large batch. Where the options are
/// plain it is `cross_entropy`, bit for bit. Steps are recorded on a CUDA device where the weights
/// are there. Throws as that operation does, and ValueError for a label to ignore, which the
/// monitors would count, and for another reduction than the mean.
struct CrossEntropy {
  CrossEntropyOptions options{};

  Loss operator()(nn::Module& model, const Batch& batch, const TrainingPosition& position) const;
};

/// The mean of (output − target)² over all elements, as torch.nn.MSELoss, for floating targets of
/// the output's shape and type. Targets [N] fit outputs [N, 1] too. Its monitor is "rmse", the
/// root of that mean over an epoch. Throws ShapeError and ValueError where the targets do not fit.
Loss mean_squared_error(nn::Module& model, const Batch& batch, const TrainingPosition& position);

}  // namespace credence::train

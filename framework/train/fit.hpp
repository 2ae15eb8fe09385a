// The training loop, over any source of batches and any objective.
#pragma once

#include "framework/optim/optimizer.hpp"
#include "framework/optim/schedule.hpp"
#include "framework/train/objective.hpp"
#include "framework/train/progress.hpp"

#include <functional>
#include <string>
#include <vector>

namespace credence::train {

struct FitOptions {
  std::int64_t epochs = 10;
  optim::Settings optimizer = optim::Adam{};
  optim::Schedule schedule = optim::constant();
  Objective objective = cross_entropy;
  /// Called after each epoch, for validation and checkpoints.
  std::function<void(const EpochReport&)> after_epoch{};
  std::string label = "training";  ///< begins each line of progress
  bool progress = true;            ///< whether to report on stderr
};

/// Trains in place and returns a report for each epoch. The model's random layers draw epoch e's
/// noise from the numbers e · 2³² on, whatever was drawn before. Throws Error, naming epoch and
/// step, where the loss is not finite; ValueError for fewer than 0 epochs or an empty source.
std::vector<EpochReport> fit(nn::Module& model, BatchSource& source, const FitOptions& options);

}  // namespace credence::train

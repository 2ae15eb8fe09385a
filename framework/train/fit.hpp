// The training loop, over any source of batches and any objective.
#pragma once

#include "framework/base/error.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/optim/schedule.hpp"
#include "framework/train/objective.hpp"
#include "framework/train/progress.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace credence::train {

/// Thrown where a run was asked to stop before its end.
class Interrupted : public Error {
 public:
  using Error::Error;
};

struct FitOptions {
  std::int64_t epochs = 10;
  optim::Settings optimizer = optim::Adam{};
  optim::Schedule schedule = optim::constant();
  /// The largest norm of the gradient of all parameters (see Optimizer::clip_gradient_norm); 0 for
  /// no bound. It is that of the objective as it stands: Elbo's grows with the training set.
  double max_gradient_norm = 0;
  Objective objective = cross_entropy;
  /// Called after each epoch, for validation and checkpoints; it may put what it measures into the
  /// report, which fit returns. Where it throws Interrupted, the
  /// epoch counts as trained but not as evaluated: a resumed run calls it again.
  std::function<void(EpochReport&)> after_epoch{};
  /// Asked after after_epoch what to add to the epoch's line of progress, such as "validation
  /// accuracy 98 %"; the line waits for it.
  std::function<std::string()> epoch_note{};
  /// Asked after each step and each epoch but the last: whether to throw Interrupted.
  std::function<bool()> stop{};
  /// Given the run's state after each epoch and before Interrupted is thrown. It shares the memory
  /// of what is trained: to be written or cloned within the call.
  std::function<void(const io::SafeTensors& state)> save{};
  /// A state that `save` was given. The model, the source and the other options must be those of
  /// that run, the model as it was before it: then the rest of the run and the reports have the
  /// same bits, times aside, as those of a run without interruption.
  std::optional<io::SafeTensors> resume{};
  /// On a CUDA device: whether steps of one shape are recorded once and replayed, where the
  /// objective allows it (Loss::repeats). The numbers are the same.
  bool cuda_graph = true;
  std::string label = "training";  ///< begins each line of progress
  bool progress = true;            ///< whether to report on stderr, whose loss does no harm
};

/// Trains in place, on the device that the model is on, and returns a report for each epoch. The
/// model's random layers draw epoch e's
/// noise from the numbers e · 2³² on, whatever was drawn before. Throws Error, naming epoch and
/// step, and the input if one of that batch is to blame, where the loss, or a gradient that is to
/// be bounded, is not finite; a device is not waited for, so that there it may be found at a later
/// step, at the latest after the epoch. Likewise,
/// naming the tensor, where a parameter or buffer is not finite after an epoch or at an
/// interruption: before `after_epoch` and `save` see it. Error too where the model uses a parameter
/// that it does not list (see nn::ListingCheck); ValueError for a label outside the classes.
/// Interrupted as above;
/// ValueError for fewer than 0 epochs, an empty source, a negative bound of the gradient or a state
/// of another run.
std::vector<EpochReport> fit(nn::Module& model, BatchSource& source, const FitOptions& options);

/// The reports of the finished epochs of a state that `FitOptions::save` was given, without what
/// after_epoch measured, which is not in it. Throws ValueError where it is no such state.
std::vector<EpochReport> finished_epochs(const io::SafeTensors& state);

}  // namespace credence::train

// The training loop, over any source of batches and any objective.
#pragma once

#include "framework/base/error.hpp"
#include "framework/group/group.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/optim/schedule.hpp"
#include "framework/train/objective.hpp"
#include "framework/train/observer.hpp"
#include "framework/train/progress.hpp"
#include "framework/train/watch.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace credence::train {

/// Thrown where a run was asked to stop before its end.
class Interrupted : public Error {
 public:
  using Error::Error;
};

/// What a run does where the loss or the gradient of a step is NaN or infinite.
enum class OnNan : std::uint8_t {
  stop,  ///< throws Error
  skip   ///< drops the step
};

/// How the processes of a group train one model. Each has the whole model and a part of the rows of
/// every batch, or all rows and some passes of the objective; gradients, sums of reports and, as
/// chosen here, statistics of batch normalisation meet in each step. Batches, noise, dropout and
/// augmentation are those of one process, to which the results are equal up to the rounding of
/// sums, for an objective as FitOptions::accumulate describes it. A rank whose part of a batch is
/// empty takes part with a row that counts for nothing. All ranks call fit with the same model,
/// source and options, apart from what rank 0 alone does: it calls `save` and writes lines of
/// progress. Observers and after_epoch are called on every rank.
struct DataParallel {
  Group* group = &single_process();  ///< outlives the call
  /// Whether batch normalisation takes its statistics over the whole batch, as one process does.
  /// Otherwise each rank normalises by its own rows, and the running statistics become the mean
  /// over ranks where a state is saved and at the end of an epoch.
  bool shared_statistics = true;
  /// Above 0: each batch is cut into so many blocks of rows, whose gradients and sums are added in
  /// one order. The results then have the same bits for any number of ranks up to this one, and for
  /// one process with the same number. A rank needs the memory of a gradient for each of its
  /// blocks. Batch normalisation is refused, because its statistics are those of a whole batch.
  std::int64_t blocks = 0;
  /// Above 0: the ranks share the forward passes of a step in place of rows. The objective is a
  /// mean over so many passes with new noise, at least as many as ranks, and makes them by
  /// outputs_of_passes (pass_scope.hpp), as bayes::Elbo does for its samples; each pass draws as
  /// many numbers as the others. Batch normalisation is refused, because running statistics take
  /// one pass after the other. One process makes all passes itself.
  std::int64_t passes = 0;
};

/// The settings of fit.
struct FitOptions {
  std::int64_t epochs = 10;
  /// optim::Sgd or optim::Adam with their settings, or a program's own factory. It is told the size
  /// of the training set. weight_decay is that of weights alone, unless the groups of the settings
  /// say otherwise (see optim::ParameterGroups).
  optim::Factory optimizer = optim::Adam{};
  optim::Schedule schedule = optim::constant();
  /// A second factor on the learning rate, which falls after epochs that do not improve `watch`.
  std::optional<optim::Plateau> plateau{};
  /// The largest norm of the gradient of all parameters (see Optimizer::clip_gradient_norm); 0 for
  /// no limit. The gradient is that of the objective, which for bayes::Elbo is proportional to the
  /// size of the training set.
  double max_gradient_norm = 0;
  /// The number of batches whose gradients make one step; the last step of an epoch has those that
  /// are left. The gradient is Σ n_i g_i / Σ n_i for batches of n_i samples, which is that of one
  /// batch of all their samples for an objective that is a mean over samples, with or without terms
  /// that do not depend on the batch, such as the divergence of bayes::Elbo. Up to the rounding of
  /// its sums the step is then the same; it has the same bits where no sum rounds. It is another
  /// step where the model normalises by batch statistics, and where it draws noise for a whole
  /// batch, because each batch draws its own. Schedules and TrainingPosition count steps. Steps of
  /// several batches are not recorded on a CUDA device (see cuda_graph).
  std::int64_t accumulate = 1;
  Objective objective = cross_entropy;
  /// What watches the steps, in this order.
  std::vector<std::shared_ptr<Observer>> observers{};
  /// Called after each epoch, for validation and checkpoints; it may put what it measures into the
  /// report, which fit returns. Where it throws Interrupted, the
  /// epoch counts as trained but not as evaluated: a resumed run calls it again.
  std::function<void(EpochReport&)> after_epoch{};
  /// What `plateau`, `early_stopping` and `keep_best` compare epochs by, after after_epoch has
  /// filled in the report.
  Watch watch{};
  /// Ends the run before its last epoch. fit then returns the reports of the epochs that it
  /// trained, and a resumed run ends at the same epoch.
  std::optional<EarlyStopping> early_stopping{};
  /// Whether the model has, at the end, the parameters and buffers that it had after the best
  /// epoch (see best_epoch), which cost its memory once more. Otherwise they are those of the last
  /// epoch.
  bool keep_best = false;
  /// Called after after_epoch. Returns what to add to the epoch's line of progress, such as
  /// "validation accuracy 98 %".
  std::function<std::string()> epoch_note{};
  /// Called after each step, and after each epoch except the last. Where it returns true, fit
  /// throws Interrupted.
  std::function<bool()> stop{};
  /// Where the loss or an element of the gradient of a step is NaN or infinite: stop throws before
  /// the parameters change. skip drops the step: parameters, buffers and the optimiser's state stay
  /// as they were before it, and its batches count in no figure of the epoch's report, which says
  /// how many steps were dropped. The step's place in the run and its draws are used up, so that
  /// schedules, observers and random streams go on as after any other step. A run that skips waits
  /// for a CUDA device in each step.
  OnNan on_nan = OnNan::stop;
  /// Receives the run's state after each epoch and before Interrupted is thrown. The state shares
  /// the memory of the parameters: it must be written or cloned within the call.
  std::function<void(const io::SafeTensors& state)> save{};
  /// A state from `save` to resume from. The model (as it was before that run), the source and the
  /// other options must be the same as those of that run. The rest of the run and its reports then
  /// have the same bits, times apart, as those of a run without interruption.
  std::optional<io::SafeTensors> resume{};
  /// What `save` writes to and `resume` comes from, such as a file's name. An error about numbers
  /// that are not finite names it as the last good state; empty for no such words.
  std::string state_name{};
  /// The processes that train together, by default this one alone.
  DataParallel parallel{};
  /// Whether, on a CUDA device, steps of one shape are recorded once and replayed where the
  /// objective and the optimiser allow it (Loss::repeats, Optimizer::repeats). The numbers are the
  /// same. Steps of several processes are not recorded. Where the recording fails, all steps run
  /// directly and, with `progress`, one line on stderr says why.
  bool cuda_graph = true;
  std::string label = "training";  ///< the start of each line of progress
  bool progress = true;            ///< whether to report on stderr
  /// The epochs of runs that follow this one, which the time left on the progress bar counts.
  std::int64_t later_epochs = 0;
};

/// Trains the model in place, on its device, and returns a report for each epoch that it trained.
/// In epoch e the model's random layers draw from draw number e · 2³² on, independently of earlier
/// draws.
///
/// Throws
/// - Interrupted as described in FitOptions;
/// - Error where the loss, an element of the gradient or a parameter is not finite in a step. It
///   comes before `save` sees it, and names epoch, step and cause: the input or target of the
///   batch, the part of the model that gave the first such output, the parameter of the gradient. A
///   device is not waited for, so there the error comes at a later step, and at the latest after
///   the epoch, and names the cause where that step was the last one (see OnNan for a run that goes
///   on);
/// - Error that names the tensor where a buffer is not finite after an epoch or at an interruption,
///   before `after_epoch` and `save` see it, and where all steps of an epoch were dropped;
/// - ValueError, before the first step, where the objective scores another number of classes than
///   the source has (see Monitor::classes and BatchSource::classes);
/// - Error where the model uses a parameter that it does not list (see nn::ListingCheck);
/// - Error that names rank and cause where another rank of the group has failed, unless the group
///   ends the job (see Group::fail), which fit calls before it throws anything but Interrupted;
/// - Error where the objective's monitors differ from batch to batch (see Monitor);
/// - ValueError for a label outside the classes, a negative number of epochs, an empty source, a
///   negative limit of the gradient norm, blocks or passes that are fewer than ranks or of a model
///   with batch normalisation, passes that the objective does not make, settings out of range, a
///   watched figure that no report has, and a state of another run.
std::vector<EpochReport> fit(nn::Module& model, BatchSource& source, const FitOptions& options);

/// The reports of the finished epochs of a state that `FitOptions::save` was given, without what
/// after_epoch measured, which is not in it. Throws ValueError where it is no such state.
std::vector<EpochReport> finished_epochs(const io::SafeTensors& state);

}  // namespace credence::train

// What a run of fit carries from one step to the next, and its form as tensors of a file.
#pragma once

#include "framework/io/safetensors.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/objective.hpp"
#include "framework/train/progress.hpp"

#include <string>
#include <vector>

namespace credence::train {

/// Sums over the samples of the current epoch that were trained on so far.
struct EpochSums {
  std::int64_t samples = 0;
  double loss = 0;  ///< Σ n · loss of batches of n samples
  std::vector<MonitorSum> monitors{};
  double learning_rate = 0;  ///< at the last step
  double seconds = 0;
  std::int64_t dropped_steps = 0;  ///< whose samples are in no sum
};

/// The position and the results of a run.
struct RunState {
  std::int64_t epochs = 0;             ///< of the whole run
  std::int64_t batches = 0;            ///< of each epoch
  std::int64_t epoch = 0;              ///< of the next step, from 0
  std::int64_t batch = 0;              ///< batches of this epoch that are done
  EpochSums sums{};                    ///< over these batches
  std::vector<EpochReport> reports{};  ///< of the finished epochs

  /// The means over the current epoch so far.
  EpochReport report() const;
  /// Appends the current epoch's report to `reports` and starts the next epoch.
  void finish_epoch(EpochReport report);
};

/// Everything that the rest of a run depends on, apart from its options and its source of batches.
/// The tensors share the memory of the model and the optimiser.
///   model.NAME           every parameter and buffer
///   optimizer.NAME       Optimizer::state
///   noise.NAME           int64 [2], key and next draw of every generator of the model
///   optimizer_noise.NAME likewise of every generator of the optimiser
///   observer.NAME.T      the tensors T of each observer (added by fit)
///   run.watched, best.NAME, where a figure is watched (added by fit, see EpochWatch)
///   run.position         int64 [5]: epochs, batches, epoch, batch, samples
///   run.sums             float64 [3 + 2M]: loss, learning rate, seconds, then the totals and the
///                        divisors of the M monitors
///   run.reports          float64 [E, 4 + M], a row for each of E finished epochs: loss, learning
///                        rate, seconds, samples per second, then the monitors
/// The metadata "run.monitors" has a line for each monitor: the numbers of its rule and display,
/// and its name.
/// The metadata "run.dropped_steps" has their number for each finished epoch and for the current
/// one, with blanks between, where a step was dropped.
/// The metadata "run.accumulate" is FitOptions::accumulate, where that is not 1 (added by fit).
io::SafeTensors to_tensors(const RunState& state, nn::Module& model, optim::Optimizer& optimizer);

/// Copies the parameters, buffers and the optimiser's state out of `file`, and returns the rest
/// except the noise. Tensors whose names begin otherwise than those above are left to the caller.
/// Throws ValueError, with nothing copied, unless the file is of a run of `epochs` epochs of
/// `batches` batches with the same model, optimiser and noise keys.
RunState restore(const io::SafeTensors& file, std::int64_t epochs, std::int64_t batches,
                 nn::Module& model, optim::Optimizer& optimizer);

/// The parameters and buffers of a model, named `prefix` + NAME. They share the model's memory.
std::vector<NamedTensor> model_tensors(nn::Module& model, const std::string& prefix);

/// The tensor of this name in the state of a run. Throws ValueError where there is none, or one of
/// another shape or type.
const Tensor& required_state(const io::SafeTensors& state, const std::string& name,
                             const Shape& shape, DType dtype);

/// The most steps, samples or the like that a state can say a run has counted: they are added to.
inline constexpr std::int64_t kMostCounted = std::int64_t{1} << 53;

/// Whether a run can have counted so far.
constexpr bool is_count(std::int64_t number) { return number >= 0 && number <= kMostCounted; }

/// The number of finished epochs of the run. Throws ValueError where the state has none.
std::int64_t finished_epoch_count(const io::SafeTensors& state);

/// Sets the draw numbers of the generators to those of `file`.
void restore_noise(const io::SafeTensors& file, nn::Module& model, optim::Optimizer& optimizer);

}  // namespace credence::train

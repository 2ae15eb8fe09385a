// What a run of fit carries from one step to the next, and its form as the tensors of a file.
#pragma once

#include "framework/io/safetensors.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/objective.hpp"
#include "framework/train/progress.hpp"

namespace credence::train {

/// Sums over the samples of an epoch that were trained on so far.
struct EpochSums {
  std::int64_t samples = 0;
  std::int64_t correct = 0;  ///< samples whose largest score was the label's
  double loss = 0;
  std::vector<std::pair<std::string, double>> terms{};
  double learning_rate = 0;  ///< at the last step
  double seconds = 0;
};

/// How far a run is and how it went.
struct RunState {
  std::int64_t epochs = 0;             ///< of the whole run
  std::int64_t batches = 0;            ///< of each epoch
  std::int64_t epoch = 0;              ///< that the next step belongs to, from 0
  std::int64_t batch = 0;              ///< of this epoch that are done
  EpochSums sums{};                    ///< over those
  std::vector<EpochReport> reports{};  ///< of the epochs before

  /// The means of the present epoch so far.
  EpochReport report() const;
  /// Files the present epoch's report and begins the next one.
  void finish_epoch(EpochReport report);
};

/// All that the rest of a run depends on besides its options and its source of batches, sharing the
/// memory of the model and the optimiser:
///   model.NAME           every parameter and buffer
///   optimizer.NAME       Optimizer::state
///   noise.NAME           int64 [2], key and next draw of every generator
///   run.position         int64 [6]: epochs, batches, epoch, batch, samples, correct
///   run.sums             float64 [3 + T]: loss, learning rate, seconds, then the T terms
///   run.reports          float64 [E, 5 + T]: loss, accuracy, learning rate, seconds, images per
///                        second, then the terms, a row for each finished epoch
/// and as metadata "run.terms" their names, a line each.
io::SafeTensors to_tensors(const RunState& state, nn::Module& model,
                           const optim::Optimizer& optimizer);

/// Copies the parameters, buffers and the optimiser's state out of `file`, and returns the rest but
/// the noise. Tensors whose names begin otherwise than the above are left to the caller. Throws
/// ValueError, and copies nothing, unless the file is of a run of `epochs` epochs of `batches`
/// batches with the same model, optimiser and keys of the noise.
RunState restore(const io::SafeTensors& file, std::int64_t epochs, std::int64_t batches,
                 nn::Module& model, const optim::Optimizer& optimizer);

/// Puts the model's generators to where they were.
void restore_noise(const io::SafeTensors& file, nn::Module& model);

}  // namespace credence::train

// Reports of epochs, and their display on stderr.
#pragma once

#include "framework/base/status_line.hpp"
#include "framework/train/evaluate.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace credence::train {

/// The results of an epoch: means over its samples, and what was measured after it.
struct EpochReport {
  std::int64_t epoch = 0;   ///< from 0
  std::int64_t epochs = 0;  ///< of the whole run
  double loss = 0;
  double accuracy = 0;                                  ///< on the training batches, 0 to 1
  std::vector<std::pair<std::string, double>> terms{};  ///< the objective's parts
  double learning_rate = 0;                             ///< at the last step
  double seconds = 0;
  double images_per_second = 0;
  std::optional<Metrics> validation{};  ///< where FitOptions::after_epoch measured it
  std::optional<Metrics> test{};        ///< likewise
};

/// Shows the progress of training on stderr: on a terminal (see StatusLine) a bar with the time
/// left, the running loss and accuracy and images per second, and everywhere one line for each
/// epoch. If stderr is lost, training goes on.
class Progress {
 public:
  /// `label` begins each line. A disabled object shows nothing.
  Progress(std::string label, bool enabled);

  /// Whether update would show anything at the moment.
  bool due() const { return line_.due(); }
  /// Shows that `done` of `samples` samples of the epoch are done. `running` holds the means so
  /// far.
  void update(const EpochReport& running, std::int64_t done, std::int64_t samples);
  /// Writes the epoch's line. `note` stands at its end, such as "validation accuracy 98 %".
  void finish_epoch(const EpochReport& report, const std::string& note = "");

 private:
  std::string label_;
  bool enabled_;
  StatusLine line_;
};

}  // namespace credence::train

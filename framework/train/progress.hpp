#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace credence::train {

/// How an epoch went: means over its samples.
struct EpochReport {
  std::int64_t epoch = 0;   ///< from 0
  std::int64_t epochs = 0;  ///< of the whole run
  double loss = 0;
  double accuracy = 0;                                  ///< on the training batches, 0 to 1
  std::vector<std::pair<std::string, double>> terms{};  ///< the objective's parts
  double learning_rate = 0;                             ///< at the last step
  double seconds = 0;
  double images_per_second = 0;
};

/// Shows on stderr how training goes: on a terminal a bar with the running loss and accuracy,
/// images per second and the time left; elsewhere one line per epoch.
class Progress {
 public:
  /// `label` begins each line. `enabled` false shows nothing.
  Progress(std::string label, bool enabled);
  /// Wipes a bar that is still there, so that what is said next begins on an empty line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Whether update would show anything now.
  bool due() const;
  /// `done` of `samples` samples of the epoch are done; `running` holds the means so far.
  void update(const EpochReport& running, std::int64_t done, std::int64_t samples);
  void finish_epoch(const EpochReport& report);

 private:
  std::string label_;
  bool enabled_;
  bool terminal_;
  bool bar_shown_ = false;
  std::chrono::steady_clock::time_point last_drawn_{};
};

/// "0:07", "12:30", "1:02:03"
std::string format_duration(double seconds);

}  // namespace credence::train

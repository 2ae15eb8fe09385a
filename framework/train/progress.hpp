// Reports of epochs, and their display on stderr.
#pragma once

#include "framework/base/status_line.hpp"
#include "framework/train/evaluate.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credence::train {

/// The results of an epoch: means over its samples, and what was measured after it.
struct EpochReport {
  std::int64_t epoch = 0;   ///< from 0
  std::int64_t epochs = 0;  ///< of the whole run
  double loss = 0;
  std::vector<NamedValue> monitors{};  ///< the objective's, on the training batches
  double learning_rate = 0;            ///< at the last step
  double seconds = 0;
  double samples_per_second = 0;
  std::int64_t dropped_steps = 0;       ///< by FitOptions::on_nan; they count in no other figure
  std::optional<Metrics> validation{};  ///< where FitOptions::after_epoch measured it
  std::optional<Metrics> test{};        ///< likewise

  /// The monitor of this name. Throws ValueError where there is none.
  double at(std::string_view name) const { return value_of(monitors, name); }
};

/// Shows the progress of training on stderr: a bar with the time left for all epochs, with what was
/// done between epochs so far, such as evaluations, the running loss and monitors and samples per
/// second (drawn again and again on a terminal, elsewhere once a minute, see StatusLine), and one
/// line for each epoch. If stderr is
/// lost, training goes on.
class Progress {
 public:
  /// `label` begins each line. A disabled object shows nothing.
  Progress(std::string label, bool enabled);

  /// What a sample is called: "samples" unless it is set, "images" for images.
  void set_unit(std::string unit) { unit_ = std::move(unit); }
  /// The epochs of runs that follow this one. The time left counts them, at this run's speed.
  void set_later_epochs(std::int64_t epochs) { later_epochs_ = epochs; }
  /// Whether update would show anything at the moment.
  bool due() const { return line_.due(); }
  /// Called at the beginning and at the end of an epoch's training: between them are evaluations.
  void begin_training();
  void end_training();
  /// Shows that `done` of `samples` samples of the epoch are done. `running` holds the means so
  /// far.
  void update(const EpochReport& running, std::int64_t done, std::int64_t samples);
  /// Writes the epoch's line. `note` stands at its end, such as "validation accuracy 98 %".
  void finish_epoch(const EpochReport& report, const std::string& note = "");
  /// Writes a line that says something else of the run, such as why it ends.
  void say(const std::string& text);

 private:
  std::vector<std::string> figures(const EpochReport& report) const;

  std::string label_;
  std::string unit_ = "samples";
  bool enabled_;
  StatusLine line_;
  std::int64_t later_epochs_ = 0;
  std::optional<std::chrono::steady_clock::time_point> trained_{};  ///< end of the last epoch
  double seconds_between_ = 0;  ///< from that to the beginning of the next
};

}  // namespace credence::train

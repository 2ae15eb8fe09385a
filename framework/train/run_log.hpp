// A log of the steps and epochs of a run, as CSV and as JSON lines.
#pragma once

#include "framework/io/appended_file.hpp"
#include "framework/train/observer.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace credence::train {

/// Writes three files as the run goes on, for FitOptions::observers:
///   PREFIX.steps.csv   a row for each step: epoch, step, samples, loss, learning_rate, seconds,
///   and
///                      the objective's monitors by their names
///   PREFIX.epochs.csv  a row for each epoch: epoch, loss, learning_rate, seconds,
///                      samples_per_second, the monitors, "validation NAME" and "test NAME" of the
///                      scores that FitOptions::after_epoch measured
///   PREFIX.jsonl       an object for each step and each epoch, with the same numbers: "event" is
///                      "step" or "epoch", the monitors are in "monitors", and the scores in
///                      "validation" and "test"
/// Epochs and steps count from 1. `seconds` are those of training in the epoch, and the loss and
/// the monitors of a step those of its batches. Numbers have the digits that give the same double
/// again; one that is not finite is nan or inf in CSV and null in JSON. CSV is that of RFC 4180,
/// with line feeds.
///
/// The files end with a whole line at any time (see io::AppendedFile). Those of a resumed run equal
/// those of a run without interruption, times apart.
class RunLog : public Observer {
 public:
  /// Every `every`-th step is written; 0 for epochs alone. Throws ValueError for a negative number,
  /// FileError where a file cannot be made.
  explicit RunLog(const std::filesystem::path& prefix, std::int64_t every = 1);

  /// The files of a log with this prefix.
  static std::vector<std::filesystem::path> files(const std::filesystem::path& prefix);

  std::string name() const override { return "log"; }
  void after_step(nn::Module&, const TrainingPosition&) override {}
  std::int64_t reported_steps() const override { return every_; }
  /// Both throw FileError where a file cannot be written.
  void report_step(nn::Module& model, const StepReport& report) override;
  void report_epoch(nn::Module& model, const EpochReport& report) override;
  /// "bytes", int64 [3]: the sizes of the files, which are forced to the disk.
  std::vector<NamedTensor> state() const override;
  void restore(const io::SafeTensors& state) override;

 private:
  std::int64_t every_;
  io::AppendedFile steps_;
  io::AppendedFile epochs_;
  io::AppendedFile lines_;
};

}  // namespace credence::train

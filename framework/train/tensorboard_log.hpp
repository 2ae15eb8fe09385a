// A log of a run for TensorBoard: scalars, histograms and pictures in an event file.
#pragma once

#include "framework/io/appended_file.hpp"
#include "framework/train/observer.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace credence::train {

struct TensorBoardOptions {
  std::int64_t every = 1;  ///< steps from one scalar of a tag to the next; 0 for epochs alone
  /// Epochs from one histogram of a tag to the next, and at the first; 0 for none.
  std::int64_t histograms_every = 1;
  /// The tensors whose histograms are written, by their tags. By default they are the model's
  /// parameters, as "weights/NAME".
  std::function<std::vector<NamedTensor>(nn::Module&)> histograms{};
  /// Numbers of the model that are written after each epoch beside its report's, by their tags.
  std::function<std::vector<NamedValue>(nn::Module&)> scalars{};
};

/// Writes FOLDER/events.out.tfevents.credence as the run goes on, for FitOptions::observers:
/// - "step/loss", "step/MONITOR" and "step/learning_rate" at steps;
/// - "epoch/loss", "epoch/MONITOR", "epoch/learning_rate", "epoch/samples_per_second",
///   "validation/SCORE" and "test/SCORE" after epochs, and the numbers and histograms of the
///   options.
/// Steps count from 1; what is measured after an epoch belongs to its last step. `tensorboard
/// --logdir FOLDER` shows it, folder by folder.
///
/// The file ends with a whole record at any time (see io::AppendedFile). That of a resumed run
/// equals that of a run without interruption, times apart.
class TensorBoardLog : public Observer {
 public:
  /// Throws ValueError for a negative number in the options, FileError where the file cannot be
  /// made. The folder must exist.
  explicit TensorBoardLog(const std::filesystem::path& folder, TensorBoardOptions options = {});

  /// The log's file in this folder.
  static std::filesystem::path file(const std::filesystem::path& folder);

  /// Adds a picture in the format PNG, in pixels, at the last step that the log has seen.
  void add_image(std::string_view tag, std::int64_t width, std::int64_t height,
                 std::string_view png);

  std::string name() const override { return "tensorboard"; }
  void after_step(nn::Module& model, const TrainingPosition& position) override;
  std::int64_t reported_steps() const override { return options_.every; }
  /// These throw FileError where the file cannot be written.
  void report_step(nn::Module& model, const StepReport& report) override;
  void report_epoch(nn::Module& model, const EpochReport& report) override;
  /// "place", int64 [2]: the size of the file, which is forced to the disk, and the steps of the
  /// run so far.
  std::vector<NamedTensor> state() const override;
  void restore(const io::SafeTensors& state) override;

 private:
  void append(const std::string& event);
  void scalar(const std::string& tag, double value);

  TensorBoardOptions options_;
  io::AppendedFile file_;
  std::int64_t step_ = 0;
};

}  // namespace credence::train

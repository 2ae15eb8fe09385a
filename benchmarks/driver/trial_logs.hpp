// The logs of a trial, and the figure of its epochs.
#pragma once

#include "benchmarks/driver/learning_curve.hpp"
#include "benchmarks/driver/options.hpp"
#include "framework/train/tensorboard_log.hpp"

#include <memory>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// Of the trial whose state file is named `trial`, in the folder --out; none without a folder.
class TrialLogs {
 public:
  TrialLogs(const Options& options, const std::string& trial, bool bayesian);

  /// Adds the logs that the options ask for. Makes their folders.
  void add_to(train::FitOptions& fit);
  /// Draws learning-curve-TRIAL.png and .svg, which TensorBoard gets too.
  void finish(const LearningCurve& curve);

 private:
  const Options& options_;
  std::string trial_;
  bool bayesian_;
  std::shared_ptr<train::TensorBoardLog> tensorboard_;
};

/// The names of the files in the folder --out that the logs and figures of these trials may have.
std::vector<std::string> log_files(const std::vector<std::string>& trials);

}  // namespace credence::benchmarks

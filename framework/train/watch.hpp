// The watched figure of a run: what its epochs are compared by, to lower the learning rate, to end
// the run early and to keep the best model.
#pragma once

#include "framework/optim/plateau.hpp"
#include "framework/train/progress.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace credence::train {

/// A figure of the reports of epochs, and which of its values is better.
struct Watch {
  /// The loss, of which smaller values are better. It is a function of watch.cpp because g++ 12
  /// takes the figure of a FitOptions for uninitialised where it sees how it is made.
  Watch();
  Watch(std::string figure_name, optim::Better which = optim::Better::smaller);

  /// "loss", the name of one of the objective's monitors, or "validation NAME" or "test NAME" for a
  /// score that FitOptions::after_epoch put into the report.
  std::string figure;
  optim::Better better;
};

/// Ends a run before its last epoch. An epoch improves the watched figure where it is better than
/// the best of the epochs that improved it before by more than `min_delta`; the first epoch always
/// does. After `patience` epochs in a row without improvement the run ends. This is the rule of
/// PyTorch Lightning's EarlyStopping and of Keras.
struct EarlyStopping {
  std::int64_t patience = 10;
  double min_delta = 0;
};

/// The figure of a report. Throws ValueError, naming those that there are, where it has none of
/// this name.
double figure_of(const EpochReport& report, std::string_view figure);

/// The index of the report with the best figure, the first of equal ones. Values that are not
/// numbers are passed over. Throws ValueError where there is no report with a number.
std::size_t best_epoch(const std::vector<EpochReport>& reports, const Watch& watch);

}  // namespace credence::train

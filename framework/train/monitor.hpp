// Monitors: the named figures that an objective reports beside its loss. Each has a rule by which
// the numbers of batches become one, so that sums of batches, of parts of an epoch or of several
// processes can be merged.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace credence::train {

/// How the numbers of batches become one. n is a batch's number of samples.
enum class Rule : std::uint8_t {
  mean,       ///< Σ n · value / Σ n, for a mean over the batch's samples
  root_mean,  ///< √(Σ n · value / Σ n), for a mean of squares over the batch's samples
  sum,        ///< Σ value
  ratio       ///< Σ value / Σ divisor; the divisor is n where the monitor has none of its own
};

/// How lines of progress show a monitor.
enum class Display : std::uint8_t {
  part,    ///< a number at the end of an epoch's line, where there are several of these
  number,  ///< a number after the loss
  percent  ///< 0 to 1, after the loss as a percentage
};

/// What an objective reports for one batch.
struct Monitor {
  std::string name;  ///< on one line, other than those of the objective's other monitors
  /// A scalar of the loss's element type on its device.
  Tensor value{};
  Rule rule = Rule::mean;
  Display display = Display::part;
  /// Of a ratio, a scalar likewise; undefined for the number of samples.
  Tensor divisor{};
  /// What the divisor is multiplied by.
  double divisor_factor = 1;
  /// In place of `value`: adds the batch's number to a float64 in the memory of the loss's device,
  /// by work on that device.
  std::function<void(double* total)> add_to{};
  /// What it means where the total is not a number. Whatever reads it then throws ValueError with
  /// this text; nothing for a number that may be NaN.
  std::string if_nan{};
  /// Of a ratio: value and divisor are means over the batch, or numbers that do not depend on it. A
  /// process that has some rows of a batch counts them by its share of the rows.
  bool of_means = false;
  /// Of a figure of a classification: the number of classes that the model tells apart, else 0.
  std::int64_t classes = 0;
};

/// The share of the rows of scores [N, C] whose largest element, the first of equal ones, is that
/// of their label: the monitor "accuracy". A row with a NaN counts as wrong. Throws ShapeError
/// where the labels are not [N]. A label outside [0, C) makes it NaN.
Monitor accuracy(const Tensor& scores, const Tensor& labels);

/// A monitor's sums over samples.
struct MonitorSum {
  std::string name;
  Rule rule = Rule::mean;
  Display display = Display::part;
  double total = 0;    ///< Σ n · value, or Σ value for a sum or a ratio
  double divisor = 0;  ///< Σ n, or Σ divisor

  /// The number that the rule makes of the sums.
  double value() const;
  /// Adds the sums over other samples. Throws ValueError where they are another monitor's.
  void merge(const MonitorSum& other);
};

/// A number with its name, as reports list them.
struct NamedValue {
  std::string name;
  double value = 0;
  Display display = Display::part;

  bool operator==(const NamedValue&) const = default;
};

/// The value of this name. Throws ValueError, with the names that there are, where there is none.
double value_of(const std::vector<NamedValue>& values, std::string_view name);

/// The names and numbers of sums.
std::vector<NamedValue> values_of(const std::vector<MonitorSum>& sums);

}  // namespace credence::train

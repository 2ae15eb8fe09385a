// Two runs side by side: credence-kernels --compare.
#pragma once

#include "benchmarks/kernels/measurements.hpp"
#include "benchmarks/kernels/verdict.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

struct Comparison {
  std::vector<Judgement> judgements;
  std::vector<std::string> only_old;  ///< cases that the other run does not have
  std::vector<std::string> only_new;
  double margin = 0;  ///< differences up to this are not called
  /// Cases whose times are compared at the clock of the peak (Measurement::at_peak).
  std::vector<std::string> at_peak;
  /// Cases whose margin is wider, because the core's clock was another one in the new run.
  std::vector<std::string> widened;
  int repetitions = 0;  ///< the smallest number of a case in either run
};

/// Pairs the cases of two runs by name and judges them.
///
/// A core's clock changes all the time. What computes follows it, what waits for memory does not:
/// of the times as they are and of those at the clock of the peak, a case takes those that spread
/// less within/// its runs. Where the clocks of the runs differ by more than they vary within them,
/// the spread cannot tell, and the margin of the case grows by that difference.
Comparison compare_runs(const Measurements& old_run, const Measurements& new_run, double margin);

/// The comparison as a table: a row for each case, the geometric mean of the ratios for each
/// kernel, and what limits the verdicts.
std::string comparison_text(const Comparison& comparison);

/// The median time of each case of a run, and the relative standard error of the mean of its
/// repetitions.
std::string medians_text(const Measurements& run);

/// The cases that are slower by more than the threshold: the verdict is "slower", and the ratio
/// exceeds 1 + threshold.
std::vector<std::string> slower_cases(const Comparison& comparison, double threshold);

}  // namespace credence::benchmarks

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
  double margin = 0;  ///< differences up to this are not called, the clocks' difference included
  double clock_ratio = 1;  ///< median speed of the new run's probes over that of the old run's
  int repetitions = 0;     ///< the smallest number of a case in either run
};

/// Pairs the cases of two runs by name and judges them. The margin grows by as much as the probes
/// of the two runs differ, because a core at another clock makes every case faster or slower.
Comparison compare_runs(const Measurements& old_run, const Measurements& new_run, double margin);

/// The comparison as a table: a row for each case, the geometric mean of the ratios for each
/// kernel, and what limits the verdicts.
std::string comparison_text(const Comparison& comparison);

/// The cases that are slower by more than the threshold: the verdict is "slower", and the ratio
/// exceeds 1 + threshold.
std::vector<std::string> slower_cases(const Comparison& comparison, double threshold);

}  // namespace credence::benchmarks

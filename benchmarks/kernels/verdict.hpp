// What two runs of the same cases say about each other.
#pragma once

#include "benchmarks/kernels/statistics.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// The times of one case in two runs, one for each repetition, in any unit.
struct Pair {
  std::string name;  ///< "kernel/shape/implementation"
  std::string kernel;
  std::vector<double> old_times;
  std::vector<double> new_times;
  double margin = 0;  ///< relative differences up to this are not called
};

enum class Verdict : std::uint8_t { faster, same, slower, undecided };
const char* to_string(Verdict verdict);

struct Judgement {
  std::string name;
  std::string kernel;
  double old_median = 0;
  double new_median = 0;
  double ratio = 1;     ///< new median over old median
  Interval95 interval;  ///< of the factor between the runs (ratio_interval)
  double p = 1;         ///< of the Mann–Whitney test, two-sided
  /// Of the test that the factor exceeds the margin, adjusted by Holm for all cases.
  double adjusted_p = 1;
  Verdict verdict = Verdict::undecided;
};

/// Judges all cases together, so that the chance of calling any case faster or slower although it
/// changed by less than its margin is at most 5 %:
///   slower     the Mann–Whitney test rejects that new times are within (1 + margin) times the old
///              ones; p-values are adjusted by Holm's method for the number of cases and both sides
///   faster     likewise, that old times are within (1 + margin) times the new ones
///   same       otherwise, where the 95 % interval of the factor is within the margin on both sides
///   undecided  otherwise
/// The margin stands for what a run as a whole can differ by, and for what nobody minds.
std::vector<Judgement> judge(const std::vector<Pair>& pairs);

/// The least number of repetitions in each run with which one of so many cases can be called.
int least_repetitions(std::size_t cases);

}  // namespace credence::benchmarks

// Cases as benchmarks of Google Benchmark.
#pragma once

#include "benchmarks/kernels/cases.hpp"
#include "benchmarks/kernels/peak.hpp"

#include <memory>

namespace credence::benchmarks {

/// How many cases failed, or did not compute what the framework's kernel computes.
struct Disagreements {
  int count = 0;
};

/// Registers the cases. Each implementation is compared with the framework's before it is timed;
/// where they disagree, the case ends with an error. Counters: GF/s and FMA% (of the peak), GB/s
/// and bandwidth% (of the level of memory that holds the arrays), ns/element.
void register_cases(const std::vector<Case>& cases, const Peaks& peaks,
                    const std::shared_ptr<Disagreements>& disagreements);

/// The largest absolute difference of two arrays over the largest absolute value of the first;
/// infinite where a number is none.
double largest_difference(const Tensor& a, const Tensor& b);

}  // namespace credence::benchmarks

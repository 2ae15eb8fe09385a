// Cases as benchmarks of Google Benchmark.
#pragma once

#include "benchmarks/kernels/cases.hpp"
#include "benchmarks/kernels/peak.hpp"

#include <memory>

namespace credence::benchmarks {

/// How many cases failed, or did not compute what the framework's CPU kernel computes.
struct Disagreements {
  int count = 0;
};

/// Registers all that the device can run. Each implementation is compared with the framework's on
/// the CPU before it is timed; where they disagree by more than a thousandth of the largest
/// element, the case ends with an error. Counters: GF/s and FMA% (of the peak; product% on cuda,
/// where the peak is that of products), GB/s and bandwidth% (of the level of memory that holds the
/// arrays), ns/element, and on cuda host_us, microseconds that the host takes to start one call.
void register_cases(Device device, const Peaks& peaks,
                    const std::shared_ptr<Disagreements>& disagreements);

/// The largest absolute difference of two arrays on the CPU over the largest absolute value of the
/// first; infinite where a number is none.
double largest_difference(const Tensor& a, const Tensor& b);

}  // namespace credence::benchmarks

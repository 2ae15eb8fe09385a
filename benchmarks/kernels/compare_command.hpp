// credence-kernels --compare and --baseline.
#pragma once

#include "benchmarks/kernels/selection.hpp"

namespace credence::benchmarks {

/// Prints the comparison of two files; the exit status.
int compare(const ComparisonOptions& options);

/// Measures with both builds in turn and prints the comparison; the exit status.
int compare_with_baseline(const Options& options, const Selection& selection);

}  // namespace credence::benchmarks

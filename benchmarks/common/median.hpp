// The median of measured times.
#pragma once

#include <vector>

namespace credence::benchmarks {

/// The value in the middle, of an even number the mean of the two there, as numpy.median and
/// Python's statistics.median have it. Throws ValueError where there is none.
double median(std::vector<double> values);

}  // namespace credence::benchmarks

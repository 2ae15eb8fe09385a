// Whether a case computes what it should.
#pragma once

#include "benchmarks/kernels/cases.hpp"

namespace credence::benchmarks {

/// Which checks a case gets.
struct Checks {
  const Case* reference = nullptr;  ///< the framework's CPU kernel; null where the case is that one
  int bitwise_threads = 0;  ///< check that bits repeat, with 1 to so many threads; 0: do not
};

/// Throws Error where the case is wrong:
/// - on whole numbers, where Case::exact says that the kernel's sums are exact, any element
/// differs;
/// - on normal numbers, an element differs by more than the tolerance times the largest one.
/// Elements are compared with those of the reference, and a few dozen elements of each result with
/// the kernel's definition, in double precision (Call::definition), where the operands are on the
/// CPU.
void check(const Case& item, const Checks& checks);

/// The same on other normal numbers, for after the timing.
void check_again(const Case& item, const Checks& checks);

/// The largest absolute difference of two arrays on the CPU over the largest absolute value of the
/// first; infinite where a number is none.
double largest_difference(const Tensor& a, const Tensor& b);

}  // namespace credence::benchmarks

// Sums of gradients that wait for one kernel to make them.
#pragma once

#include "framework/core/tensor.hpp"

#include <vector>

namespace credence {

/// Additions sum += gradient, up to kArraysOfKernel of one type on one device at a time. Each keeps
/// the memory of its gradient until it is made.
class Additions {
 public:
  /// Takes one more, and makes those that wait first where a kernel cannot make it with them. No
  /// other addition to this sum may wait.
  void add(const Tensor& gradient, const Tensor& sum);
  /// Whether an addition to this sum waits.
  bool waits_for(const Tensor& sum) const;
  /// Makes all that wait.
  void make();

 private:
  struct Pair {
    Tensor gradient;
    Tensor sum;
  };

  std::vector<Pair> waiting_;
};

}  // namespace credence

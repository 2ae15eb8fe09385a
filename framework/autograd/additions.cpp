// The lists of the kernel that adds gradients.
#include "framework/autograd/additions.hpp"

#include "framework/dispatch/kernels.hpp"

#include <algorithm>

namespace credence {

void Additions::add(const Tensor& gradient, const Tensor& sum) {
  const bool alike = waiting_.empty() || (waiting_.front().sum.dtype() == sum.dtype() &&
                                          waiting_.front().sum.device() == sum.device());
  if (!alike || waiting_.size() == kArraysOfKernel) make();
  waiting_.push_back({gradient, sum});
}

bool Additions::waits_for(const Tensor& sum) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [&](const Pair& pair) { return pair.sum.raw_data() == sum.raw_data(); });
}

void Additions::make() {
  if (waiting_.empty()) return;
  visit_kernels(waiting_.front().sum, [&]<class T>(const Kernels<T>& kernels) {
    std::vector<Addition<T>> additions;
    for (const Pair& pair : waiting_) {
      additions.push_back({pair.sum.numel(), pair.gradient.data<T>(), pair.sum.data<T>()});
    }
    kernels.accumulate(additions);
  });
  waiting_.clear();
}

}  // namespace credence

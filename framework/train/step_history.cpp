// The numbers of an epoch's steps on a device.
#include "framework/train/step_history.hpp"

#include <cmath>
#include <vector>

namespace credence::train {

void StepHistory::start(std::int64_t steps, std::int64_t first) {
  steps_ = steps;
  next_ = first;
  read_ = first;
}

void StepHistory::add(const Tensor& check_and_loss) {
  if (!numbers_.defined()) {
    numbers_ = Tensor::empty({steps_, 2}, DType::float64, check_and_loss.device());
  }
  numbers_.view_at(2 * next_, {2}).copy_from(check_and_loss);
  ++next_;
}

std::optional<StepHistory::Fault> StepHistory::first_fault() {
  if (read_ == next_) return {};
  const std::vector<double> numbers = numbers_.slice(read_, next_).to_vector<double>();
  const std::int64_t first = read_;
  read_ = next_;
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    const bool loss = !std::isfinite(numbers[i + 1]);
    if (!loss && std::isfinite(numbers[i])) continue;
    return Fault{first + static_cast<std::int64_t>(i / 2), loss};
  }
  return {};
}

}  // namespace credence::train

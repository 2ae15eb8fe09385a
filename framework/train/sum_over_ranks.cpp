// The three ways of a sum: in host memory, on the device, and from the device by way of the host.
#include "framework/train/sum_over_ranks.hpp"

#include <span>

namespace credence::train {

void SumOverRanks::begin(const Tensor& numbers) {
  const std::span<float> span(numbers.data<float>(), static_cast<std::size_t>(numbers.numel()));
  if (numbers.device() == Device::cpu) {
    group_.start_sum(span);
  } else if (!group_.sum_on_device(span, device::backend().stream())) {
    by_way_of_host(numbers);
  }
}

void SumOverRanks::by_way_of_host(const Tensor& numbers) {
  const device::Backend& backend = device::backend();
  if (!staging_ || staging_->bytes() < numbers.bytes()) {
    staging_ = backend.make_upload(numbers.bytes());
  }
  std::byte* const host = staging_->staging();
  backend.copy(host, Device::cpu, numbers.raw_data(), numbers.device(), numbers.bytes());
  group_.all_reduce(
      std::span(reinterpret_cast<float*>(host), static_cast<std::size_t>(numbers.numel())));
  staging_->start(numbers.raw_data(), numbers.bytes());
  staging_->finish();
}

}  // namespace credence::train

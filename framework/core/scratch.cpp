// Working memory of CPU kernels, from the allocator of tensors.
#include "framework/core/scratch.hpp"

#include "framework/core/caching_allocator.hpp"

namespace credence {

Scratch::Scratch(std::int64_t floats)
    : block_(nullptr), bytes_(static_cast<std::size_t>(floats) * sizeof(float)) {
  block_ = caching_allocator(Device::cpu).allocate(bytes_);
}
Scratch::~Scratch() { caching_allocator(Device::cpu).free(block_, bytes_); }

}  // namespace credence

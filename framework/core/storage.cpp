// Storage, and the allocator of each device.
#include "framework/core/storage.hpp"

#include "framework/core/caching_allocator.hpp"
#include "framework/device/backend.hpp"

#include <cstdlib>
#include <string>

namespace credence {
namespace {

// The allocators are part of the devices' contexts. They are never destroyed, because tensors with
// static lifetime may be freed after main.
CachingAllocator& cpu_allocator() {
  static CachingAllocator& allocator = *new CachingAllocator(
      to_string(Device::cpu),
      {[](std::size_t bytes) {
         return static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes));
       },
       [](std::byte* block) { std::free(block); }, [] { return std::string(); }, true});
  return allocator;
}

CachingAllocator& cuda_allocator() {
  static CachingAllocator& allocator = *new CachingAllocator(
      to_string(Device::cuda),
      {device::backend().allocate, device::backend().free, device::backend().describe_memory});
  return allocator;
}

}  // namespace

CachingAllocator& caching_allocator(Device device) {
  return device == Device::cpu ? cpu_allocator() : cuda_allocator();
}

Storage::Storage(std::size_t bytes, Device device) : bytes_(bytes), device_(device) {
  CachingAllocator& allocator = caching_allocator(device);
  block_ = std::shared_ptr<std::byte>(
      allocator.allocate(bytes),
      [&allocator, bytes](std::byte* block) { allocator.free(block, bytes); });
}

AllocatorStatistics allocator_statistics(Device device) {
  return caching_allocator(device).statistics();
}

void release_cached_memory(Device device) { caching_allocator(device).release(); }

}  // namespace credence

#include "framework/core/storage.hpp"

#include "framework/core/error.hpp"
#include "framework/core/scratch.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace credence {
namespace {

constexpr std::size_t kMostBytes = std::numeric_limits<std::size_t>::max() / 2;

// Size classes are a quarter of a power of two apart: at most 25 % of a block is unused.
std::size_t size_class(std::size_t bytes) {
  const std::size_t wanted = std::max<std::size_t>(bytes + kTailPadding, 2 * kAlignment);
  const std::size_t step = std::max<std::size_t>(std::bit_floor(wanted) / 4, kAlignment);
  return (wanted + step - 1) / step * step;
}

class CachingAllocator {
 public:
  CachingAllocator() = default;
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  std::byte* allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    // Above, the size class would wrap around.
    if (bytes > kMostBytes) throw_out_of_memory(bytes);
    const std::size_t block_bytes = size_class(bytes);
    std::byte* block = take(block_bytes);
    if (block == nullptr) throw_out_of_memory(block_bytes);
    statistics_.bytes_in_use += block_bytes;
    statistics_.peak_bytes_in_use =
        std::max(statistics_.peak_bytes_in_use, statistics_.bytes_in_use);
    return block;
  }

  void free(std::byte* block, std::size_t bytes) {
    const std::size_t block_bytes = size_class(bytes);
    const std::lock_guard lock(mutex_);
    free_blocks_[block_bytes].push_back(block);
    statistics_.bytes_in_use -= block_bytes;
    statistics_.bytes_cached += block_bytes;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    release_locked();
  }

  AllocatorStatistics statistics() {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }

 private:
  [[noreturn]] void throw_out_of_memory(std::size_t bytes) const {
    throw Error("[storage] out of memory: asked for " + std::to_string(bytes) + " bytes with " +
                std::to_string(statistics_.bytes_in_use) + " in use");
  }

  std::byte* take(std::size_t block_bytes) {
    auto& blocks = free_blocks_[block_bytes];
    if (!blocks.empty()) {
      std::byte* block = blocks.back();
      blocks.pop_back();
      statistics_.bytes_cached -= block_bytes;
      return block;
    }
    ++statistics_.system_allocations;
    void* fresh = std::aligned_alloc(kAlignment, block_bytes);
    if (fresh == nullptr) {
      release_locked();
      fresh = std::aligned_alloc(kAlignment, block_bytes);
    }
    return static_cast<std::byte*>(fresh);
  }

  void release_locked() {
    for (auto& [bytes, blocks] : free_blocks_) {
      for (std::byte* block : blocks) std::free(block);
      blocks.clear();
    }
    statistics_.bytes_cached = 0;
  }

  std::mutex mutex_;
  std::unordered_map<std::size_t, std::vector<std::byte*>> free_blocks_;
  AllocatorStatistics statistics_;
};

// The CPU's device context. It is never destroyed, so that tensors of static lifetime may outlive
// main.
CachingAllocator& cpu_allocator() {
  static CachingAllocator& allocator = *new CachingAllocator;
  return allocator;
}

CachingAllocator& allocator_of(Device device) {
  if (device != Device::cpu) {
    throw Error(std::string("[storage] this build has no allocator for device ") +
                to_string(device));
  }
  return cpu_allocator();
}

}  // namespace

Storage::Storage(std::size_t bytes, Device device) : bytes_(bytes), device_(device) {
  CachingAllocator& allocator = allocator_of(device);
  block_ = std::shared_ptr<std::byte>(
      allocator.allocate(bytes),
      [&allocator, bytes](std::byte* block) { allocator.free(block, bytes); });
}

Scratch::Scratch(std::int64_t floats)
    : block_(nullptr), bytes_(static_cast<std::size_t>(floats) * sizeof(float)) {
  block_ = cpu_allocator().allocate(bytes_);
}
Scratch::~Scratch() { cpu_allocator().free(block_, bytes_); }
float* Scratch::data() const { return reinterpret_cast<float*>(block_); }
std::int64_t* Scratch::integers() const { return reinterpret_cast<std::int64_t*>(block_); }

AllocatorStatistics allocator_statistics(Device device) {
  return allocator_of(device).statistics();
}

void release_cached_memory(Device device) { allocator_of(device).release(); }

}  // namespace credence

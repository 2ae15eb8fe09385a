// The caching allocator: size classes, the lists of free blocks, and pools.
#include "framework/core/caching_allocator.hpp"

#include "framework/base/error.hpp"
#include "framework/core/address_sanitizer.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace credence {
namespace {

constexpr std::size_t kMostBytes = std::numeric_limits<std::size_t>::max() / 2;

// The size of the block for a request: the next multiple of a quarter of the power of two below it.
// At most 25 % of a block, or 64 bytes, is unused beside the padding.
std::size_t size_class(std::size_t bytes) {
  const std::size_t wanted = std::max<std::size_t>(bytes + kTailPadding, 2 * kAlignment);
  const std::size_t step = std::max<std::size_t>(std::bit_floor(wanted) / 4, kAlignment);
  return (wanted + step - 1) / step * step;
}

}  // namespace

CachingAllocator::CachingAllocator(const char* device, MemorySource source)
    : device_(device), source_(std::move(source)) {}

std::byte* CachingAllocator::allocate(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  // For more bytes the size class would overflow.
  if (bytes > kMostBytes) throw_out_of_memory(bytes);
  const std::size_t block_bytes = size_class(bytes);
  std::byte* block = take(block_bytes);
  if (block == nullptr) throw_out_of_memory(block_bytes);
  statistics_.bytes_in_use += block_bytes;
  statistics_.peak_bytes_in_use = std::max(statistics_.peak_bytes_in_use, statistics_.bytes_in_use);
  if (source_.on_host) {
    permit_access(block, block_bytes);
    const std::size_t usable = bytes + kTailPadding;
    forbid_access(block + usable, block_bytes - usable);
  }
  return block;
}

void CachingAllocator::free(std::byte* block, std::size_t bytes) {
  const std::size_t block_bytes = size_class(bytes);
  const std::lock_guard lock(mutex_);
  if (source_.on_host) forbid_access(block, block_bytes);
  const auto owner = pool_of_.find(block);
  free_blocks_[owner == pool_of_.end() ? 0 : owner->second][block_bytes].push_back(block);
  statistics_.bytes_in_use -= block_bytes;
  statistics_.bytes_cached += block_bytes;
}

void CachingAllocator::release() {
  const std::lock_guard lock(mutex_);
  release_locked();
}

AllocatorStatistics CachingAllocator::statistics() {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

int CachingAllocator::begin_pool() {
  const std::lock_guard lock(mutex_);
  if (pool_ != 0) throw Error("[storage] a pool of memory was begun inside another");
  return pool_ = ++pools_;
}

void CachingAllocator::end_pool() {
  const std::lock_guard lock(mutex_);
  pool_ = 0;
}

void CachingAllocator::release_pool(int pool) {
  const std::lock_guard lock(mutex_);
  std::erase_if(pool_of_, [&](const auto& block) { return block.second == pool; });
  for (const auto& [bytes, blocks] : free_blocks_[pool]) {
    std::vector<std::byte*>& shared = free_blocks_[0][bytes];
    shared.insert(shared.end(), blocks.begin(), blocks.end());
  }
  free_blocks_.erase(pool);
}

void CachingAllocator::throw_out_of_memory(std::size_t bytes) const {
  throw Error("[storage] out of memory: asked for " + std::to_string(bytes) + " bytes on device " +
              device_ + " with " + std::to_string(statistics_.bytes_in_use) + " in use" +
              source_.describe());
}

std::byte* CachingAllocator::take(std::size_t block_bytes) {
  std::vector<std::byte*>& blocks = free_blocks_[pool_][block_bytes];
  if (!blocks.empty()) {
    std::byte* block = blocks.back();
    blocks.pop_back();
    statistics_.bytes_cached -= block_bytes;
    return block;
  }
  ++statistics_.system_allocations;
  std::byte* fresh = source_.allocate(block_bytes);
  if (fresh == nullptr) {
    release_locked();
    fresh = source_.allocate(block_bytes);
  }
  if (fresh != nullptr && pool_ != 0) pool_of_[fresh] = pool_;
  return fresh;
}

void CachingAllocator::release_locked() {
  for (auto& [bytes, blocks] : free_blocks_[0]) {
    for (std::byte* block : blocks) source_.free(block);
    statistics_.bytes_cached -= bytes * blocks.size();
    blocks.clear();
  }
}

}  // namespace credence

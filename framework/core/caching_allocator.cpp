// The caching allocator: size classes, the lists of free blocks, and pools.
#include "framework/core/caching_allocator.hpp"

#include "framework/base/error.hpp"
#include "framework/core/address_sanitizer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
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
  if (source_.on_host) permit_access(block, block_bytes);
  if (fill_) std::memset(block, *fill_, block_bytes);
  if (source_.on_host) {
    const std::size_t usable = bytes + kTailPadding;
    forbid_access(block + usable, block_bytes - usable);
  }
  return block;
}

void CachingAllocator::free(std::byte* block, std::size_t bytes) noexcept {
  const std::size_t block_bytes = size_class(bytes);
  const std::lock_guard lock(mutex_);
  if (source_.on_host) forbid_access(block, block_bytes);
  const auto owner = pool_of_.find(block);
  const int pool = owner == pool_of_.end() ? 0 : owner->second;
  // take() has made the list and its room.
  free_blocks_.find(pool)->second.find(block_bytes)->second.push_back(block);
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

void CachingAllocator::fill_blocks_with(std::optional<unsigned char> byte) {
  const std::lock_guard lock(mutex_);
  fill_ = byte;
}

int CachingAllocator::begin_pool() {
  const std::lock_guard lock(mutex_);
  if (pool_ != 0) throw Error("[storage] a pool of memory was begun inside another");
  release_locked();
  return pool_ = ++pools_;
}

void CachingAllocator::end_pool() {
  const std::lock_guard lock(mutex_);
  pool_ = 0;
}

void CachingAllocator::release_pool(int pool) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(pool_of_, [&](const auto& block) { return block.second == pool; });
  const auto dissolved = free_blocks_.find(pool);
  if (dissolved == free_blocks_.end()) return;
  FreeBlocks& general = free_blocks_.find(0)->second;
  for (const auto& [bytes, blocks] : dissolved->second) {
    std::vector<std::byte*>& shared = general.find(bytes)->second;
    shared.insert(shared.end(), blocks.begin(), blocks.end());
  }
  free_blocks_.erase(dissolved);
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
  // The block may be freed to the pool or, once that is dissolved, to the general list.
  std::vector<std::byte*>& general = free_blocks_[0][block_bytes];
  const std::size_t count = blocks_[block_bytes] + 1;
  for (std::vector<std::byte*>* const list : {&blocks, &general}) {
    if (list->capacity() < count) list->reserve(std::max(count, 2 * list->capacity()));
  }
  ++statistics_.system_allocations;
  std::byte* const fresh = from_source(block_bytes);
  if (fresh != nullptr) ++blocks_[block_bytes];
  return fresh;
}

// A new block that belongs to the present pool; null where no memory is left.
std::byte* CachingAllocator::from_source(std::size_t block_bytes) {
  std::byte* fresh = source_.allocate(block_bytes);
  if (fresh == nullptr && pool_ == 0) {
    release_locked();
    fresh = source_.allocate(block_bytes);
  }
  if (fresh == nullptr || pool_ == 0) return fresh;
  try {
    pool_of_[fresh] = pool_;
  } catch (...) {
    source_.free(fresh);
    throw;
  }
  return fresh;
}

void CachingAllocator::release_locked() {
  for (auto& [bytes, blocks] : free_blocks_[0]) {
    for (std::byte* block : blocks) source_.free(block);
    statistics_.bytes_cached -= bytes * blocks.size();
    blocks_[bytes] -= blocks.size();
    blocks.clear();
  }
}

}  // namespace credence

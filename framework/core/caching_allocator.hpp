// The allocator behind Storage, one for each device: where its memory comes from is a parameter.
#pragma once

#include "framework/core/storage.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace credence {

/// Where a caching allocator takes its blocks from.
struct MemorySource {
  /// A block of so many bytes, aligned to kAlignment; null where there is none.
  std::function<std::byte*(std::size_t bytes)> allocate;
  std::function<void(std::byte* block)> free;
  /// What an error says of the memory that is left, or nothing: ", 2 GiB free of 80 GiB".
  std::function<std::string()> describe;
};

/// Keeps freed blocks for the next request of their size class. Its functions may be called by
/// several threads at once.
class CachingAllocator {
 public:
  /// `device` is its name in errors.
  CachingAllocator(const char* device, MemorySource source);
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  /// A block for `bytes` bytes and kTailPadding more. Throws Error where even the release of all
  /// cached blocks does not make room, naming what was asked for, in use and free.
  std::byte* allocate(std::size_t bytes);
  /// Takes back a block that was allocated for `bytes` bytes.
  void free(std::byte* block, std::size_t bytes);
  /// Returns every cached block to the source, but those of pools.
  void release();
  AllocatorStatistics statistics();

  /// Until end_pool all blocks come from a new pool, and go back to it when they are freed, now or
  /// later: nobody else gets them. For work that is recorded and will write into the same memory
  /// each time it is replayed. Returns the pool's number. Throws Error inside another pool.
  int begin_pool();
  void end_pool();
  /// Ends a pool's privilege: its blocks are everybody's, those in use once they are freed.
  void release_pool(int pool);

 private:
  using FreeBlocks = std::unordered_map<std::size_t, std::vector<std::byte*>>;

  [[noreturn]] void throw_out_of_memory(std::size_t bytes) const;
  std::byte* take(std::size_t block_bytes);
  void release_locked();

  const char* const device_;
  const MemorySource source_;
  std::mutex mutex_;
  std::unordered_map<int, FreeBlocks> free_blocks_;  // of each pool; pool 0 is everybody's
  std::unordered_map<std::byte*, int> pool_of_;      // of blocks of other pools
  int pool_ = 0;
  int pools_ = 0;
  AllocatorStatistics statistics_;
};

/// The allocator behind the storage of a device.
CachingAllocator& caching_allocator(Device device);

}  // namespace credence

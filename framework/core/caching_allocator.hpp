// The allocator behind Storage. Each device has one; its source of memory is a parameter.
#pragma once

#include "framework/core/storage.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace credence {

/// The source of an allocator's blocks.
struct MemorySource {
  /// Returns a block of `bytes` bytes aligned to kAlignment, or null where no memory is left.
  std::function<std::byte*(std::size_t bytes)> allocate;
  std::function<void(std::byte* block)> free;
  /// Returns text on the memory that is left, for errors: ", 2 GiB free of 80 GiB", or nothing.
  std::function<std::string()> describe;
  /// Whether the host reads the blocks: the address sanitizer is then told which bytes are in use.
  bool on_host = false;
};

/// Stores freed blocks and gives them out again for requests of the same size class. Several
/// threads may call its functions at once.
class CachingAllocator {
 public:
  /// `device` is the device's name in error messages.
  CachingAllocator(const char* device, MemorySource source);
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  /// A block for `bytes` bytes and kTailPadding bytes more. Where the source has no memory left,
  /// all cached blocks are released and the source is asked again, except inside a pool. Throws
  /// Error with the bytes asked for, in use and free where that fails too.
  std::byte* allocate(std::size_t bytes);
  /// Takes back a block that was allocated for `bytes` bytes. Asks for no memory itself, because
  /// tensors are freed where memory has run out too.
  void free(std::byte* block, std::size_t bytes) noexcept;
  /// Returns the cached blocks to the source, except those of pools.
  void release();
  AllocatorStatistics statistics();
  /// From the next allocation on, fills blocks with this byte before they are given out; nothing
  /// for none, as at first. Tests find so what is read before it is written. For an allocator of
  /// host memory.
  void fill_blocks_with(std::optional<unsigned char> byte);

  /// Starts a pool: until end_pool, all blocks that are allocated belong to it. Until release_pool,
  /// a freed block of the pool goes back to the pool and serves no request from outside. Recorded
  /// work uses a pool, because each replay writes into the same memory. The cached blocks are
  /// released first, so that the pool can have their memory: freeing waits for the device, which
  /// recorded work must not. Returns the pool's number. Throws Error inside another pool.
  int begin_pool();
  /// Ends the allocation of blocks from the pool. The pool stays until release_pool.
  void end_pool();
  /// Dissolves a pool: its free blocks serve all later requests, and its blocks in use do so after
  /// they are freed. Asks for no memory itself.
  void release_pool(int pool) noexcept;

 private:
  using FreeBlocks = std::unordered_map<std::size_t, std::vector<std::byte*>>;

  [[noreturn]] void throw_out_of_memory(std::size_t bytes) const;
  std::byte* take(std::size_t block_bytes);
  std::byte* from_source(std::size_t block_bytes);
  void release_locked();

  const char* const device_;
  const MemorySource source_;
  std::mutex mutex_;
  // By pool; pool 0 is the general one. Each list that a block may be freed to exists, and has room
  // for all blocks of its size.
  std::unordered_map<int, FreeBlocks> free_blocks_;
  std::unordered_map<std::size_t, std::size_t> blocks_;  // from the source, by their size
  std::unordered_map<std::byte*, int> pool_of_;          // the pool of each block, but for pool 0
  int pool_ = 0;
  int pools_ = 0;
  AllocatorStatistics statistics_;
  std::optional<unsigned char> fill_;
};

/// The allocator behind the storage of a device.
CachingAllocator& caching_allocator(Device device);

}  // namespace credence

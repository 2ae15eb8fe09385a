// Memory for tensors. Blocks are 64-byte aligned and followed by kTailPadding readable bytes, so
// that a vector kernel may load (never store) past the last element. Freed blocks are kept for the
// next request of their size class: a training step asks for the same sizes again and again, and
// fresh pages from the operating system cost more than the arithmetic on them.
#pragma once

#include "framework/device/device.hpp"

#include <cstddef>
#include <memory>

namespace credence {

inline constexpr std::size_t kAlignment = 64;
inline constexpr std::size_t kTailPadding = 64;

/// What the caching allocator of a device holds, in bytes and blocks.
struct AllocatorStatistics {
  std::size_t bytes_in_use = 0;
  std::size_t bytes_cached = 0;
  std::size_t peak_bytes_in_use = 0;
  std::size_t system_allocations = 0;  ///< requests that the cache could not serve
};

AllocatorStatistics allocator_statistics(Device device);

/// Returns every cached block to the operating system.
void release_cached_memory(Device device);

/// A reference-counted block of uninitialised memory on a device.
class Storage {
 public:
  Storage() = default;
  /// Throws Error when the memory cannot be had, naming the bytes asked for.
  Storage(std::size_t bytes, Device device);

  std::byte* data() const { return block_.get(); }
  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  /// Whether this handle is the only one to the block.
  bool unique() const { return block_.use_count() == 1; }
  bool same_block(const Storage& other) const { return block_ == other.block_; }
  explicit operator bool() const { return block_ != nullptr; }

 private:
  std::shared_ptr<std::byte> block_;
  std::size_t bytes_ = 0;
  Device device_ = Device::cpu;
};

}  // namespace credence

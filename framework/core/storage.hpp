// Memory for tensors. A block is aligned to 64 bytes and followed by kTailPadding readable bytes,
// so that a vector kernel may load (never store) past the last element. Freed blocks are stored for
// the next request of their size class: a training step asks for the same sizes again and again,
// and fresh pages from the operating system cost more than the arithmetic on them.
#pragma once

#include "framework/device/device.hpp"

#include <cstddef>
#include <memory>

namespace credence {

/// In bytes.
inline constexpr std::size_t kAlignment = 64;
inline constexpr std::size_t kTailPadding = 64;

/// The state of a device's caching allocator. Sizes are in bytes and count whole blocks.
struct AllocatorStatistics {
  std::size_t bytes_in_use = 0;
  std::size_t bytes_cached = 0;
  std::size_t peak_bytes_in_use = 0;
  std::size_t system_allocations = 0;  ///< requests that no cached block could serve
};

/// The present state of the device's allocator.
AllocatorStatistics allocator_statistics(Device device);

/// Returns the cached blocks, except those of recorded work, to the operating system or the device.
void release_cached_memory(Device device);

/// A reference-counted block of memory on a device.
class Storage {
 public:
  Storage() = default;
  /// Uninitialised memory. Throws Error with the number of bytes where no memory is left.
  Storage(std::size_t bytes, Device device);

  std::byte* data() const { return block_.get(); }
  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  /// Whether this handle is the only one to the block.
  bool unique() const { return block_.use_count() == 1; }
  /// Whether both handles share one block.
  bool same_block(const Storage& other) const { return block_ == other.block_; }
  explicit operator bool() const { return block_ != nullptr; }

 private:
  std::shared_ptr<std::byte> block_;
  std::size_t bytes_ = 0;
  Device device_ = Device::cpu;
};

}  // namespace credence

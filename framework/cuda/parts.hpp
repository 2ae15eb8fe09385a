// Several arrays in one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace credence::cuda {

/// Gives out parts of a block, each aligned as an allocation is, or counts their bytes where the
/// block is null.
class Parts {
 public:
  static constexpr std::int64_t kAlignment = 256;  ///< in bytes

  explicit Parts(void* block) : block_(static_cast<std::byte*>(block)) {}

  /// What a part of n elements takes of the block.
  template <class E>
  static constexpr std::int64_t bytes_of(std::int64_t n) {
    const std::int64_t size = n * static_cast<std::int64_t>(sizeof(E));
    return (size + kAlignment - 1) / kAlignment * kAlignment;
  }
  /// n elements; null where the block is.
  template <class E>
  E* take(std::int64_t n) {
    const std::int64_t first = bytes_;
    bytes_ += bytes_of<E>(n);
    return block_ == nullptr ? nullptr : reinterpret_cast<E*>(block_ + first);
  }
  /// The bytes given out.
  std::int64_t bytes() const { return bytes_; }

 private:
  std::byte* block_;
  std::int64_t bytes_ = 0;
};

}  // namespace credence::cuda

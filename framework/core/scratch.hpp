// Working memory for a call of a CPU kernel.
#pragma once

#include <cstddef>
#include <cstdint>

namespace credence {

/// Uninitialised working memory from the caching allocator, freed with the object.
///
/// Kernels include this header and are compiled once for each instruction set. An ordinary inline
/// function would be compiled for each set, and the linker would pick one of the copies, which
/// another processor may be unable to run. So each member is either defined in scratch.cpp or
/// inlined in every call. data() and integers() are inlined because a call would evict the sums
/// that a kernel holds in registers.
class Scratch {
 public:
  /// Memory for this number of floats. Throws Error where no memory is left.
  explicit Scratch(std::int64_t floats);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// The memory, aligned to 64 bytes. kTailPadding bytes after the last element may be read.
  [[gnu::always_inline]] float* data() const { return reinterpret_cast<float*>(block_); }
  /// The same memory, as half as many integers of 64 bits.
  [[gnu::always_inline]] std::int64_t* integers() const {
    return reinterpret_cast<std::int64_t*>(block_);
  }

 private:
  std::byte* block_;
  std::size_t bytes_;
};

}  // namespace credence

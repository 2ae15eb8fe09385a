#pragma once

#include <cstddef>
#include <cstdint>

namespace credence {

/// Uninitialised working memory of a CPU kernel, from the caching allocator; freed with the object.
/// Kernels are compiled once per instruction set and must share no function: members either are not
/// inline or always are. The latter for those that are called among sums, which a call would push
/// out of their registers.
class Scratch {
 public:
  explicit Scratch(std::int64_t floats);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// 64-byte aligned, with kTailPadding bytes after the last element that may be read.
  [[gnu::always_inline]] float* data() const { return reinterpret_cast<float*>(block_); }
  /// The same memory as half as many integers.
  [[gnu::always_inline]] std::int64_t* integers() const {
    return reinterpret_cast<std::int64_t*>(block_);
  }

 private:
  std::byte* block_;
  std::size_t bytes_;
};

}  // namespace credence

#pragma once

#include <cstddef>
#include <cstdint>

namespace credence {

/// Uninitialised working memory of a CPU kernel, from the caching allocator; freed with the object.
/// Its members are not inline: kernels are compiled once per instruction set and must share none of
/// their code.
class Scratch {
 public:
  explicit Scratch(std::int64_t floats);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// 64-byte aligned, with kTailPadding bytes after the last element that may be read.
  float* data() const;
  /// The same memory as half as many integers.
  std::int64_t* integers() const;

 private:
  std::byte* block_;
  std::size_t bytes_;
};

}  // namespace credence

// Memory whose elements are NaN until they are written.
#pragma once

#include "framework/core/caching_allocator.hpp"

namespace credence::test {

/// While it is alive, new memory of the host is full of bytes that are NaN as float32 and float64.
class MemoryOfNan {
 public:
  MemoryOfNan() { caching_allocator(Device::cpu).fill_blocks_with(0xff); }
  ~MemoryOfNan() { caching_allocator(Device::cpu).fill_blocks_with({}); }
  MemoryOfNan(const MemoryOfNan&) = delete;
  MemoryOfNan& operator=(const MemoryOfNan&) = delete;
};

}  // namespace credence::test

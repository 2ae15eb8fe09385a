// Arrays beside protected memory, which find accesses out of bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

namespace credence {

enum class Guard { before, after };

/// Elements with inaccessible memory after the last one or before the first one: an access out of
/// bounds crashes.
template <class T>
class GuardedArray {
 public:
  GuardedArray(std::int64_t count, Guard guard)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
        bytes_((static_cast<std::size_t>(count) * sizeof(T) / page_ + 3) * page_),
        memory_(static_cast<std::byte*>(
            mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    if (memory_ == MAP_FAILED || mprotect(memory_, page_, PROT_NONE) != 0 ||
        mprotect(memory_ + bytes_ - page_, page_, PROT_NONE) != 0) {
      throw std::runtime_error("no guarded memory");
    }
    const std::size_t used = static_cast<std::size_t>(count) * sizeof(T);
    data_ = reinterpret_cast<T*>(guard == Guard::before ? memory_ + page_
                                                        : memory_ + bytes_ - page_ - used);
  }
  ~GuardedArray() { munmap(memory_, bytes_); }
  GuardedArray(const GuardedArray&) = delete;
  GuardedArray& operator=(const GuardedArray&) = delete;

  T* data() const { return data_; }

 private:
  std::size_t page_;
  std::size_t bytes_;
  std::byte* memory_;
  T* data_ = nullptr;
};

}  // namespace credence

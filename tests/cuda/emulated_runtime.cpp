// The functions of framework/cuda/runtime.hpp on host memory: with them and emulation.hpp the
// device "cuda" works, slowly, on a machine without one.
#include "framework/core/storage.hpp"
#include "framework/cuda/runtime.hpp"

#include <cstdlib>
#include <cstring>

namespace credence::cuda {

const Availability& availability() {
  static const Availability emulated{.usable = true, .description = "emulated on the host"};
  return emulated;
}

std::byte* allocate(std::size_t bytes) {
  return static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes));
}
void free(std::byte* block) { std::free(block); }
std::string describe_memory() { return {}; }

void copy(std::byte* to, Device, const std::byte* from, Device, std::size_t bytes) {
  std::memmove(to, from, bytes);
}

void synchronize() {}

}  // namespace credence::cuda

// Exercise of page 7 of the kernels: the butterfly of a warp. Fill the hole;
// `examples/guide/run k7 --exercise` builds this file and checks it.
#include <array>
#include <cstddef>

using Warp = std::array<int, 32>;

// With whom thread `thread` exchanges when the distance is `bit`, a power of two.
static std::size_t partner(std::size_t thread, [[maybe_unused]] std::size_t bit) {
  return thread;  // the hole
}

// After five exchanges each thread has the sum of all 32 numbers.
Warp sums(Warp values) {
  for (std::size_t bit = 16; bit > 0; bit /= 2) {
    const Warp before = values;
    for (std::size_t thread = 0; thread < 32; ++thread) {
      values[thread] = before[thread] + before[partner(thread, bit)];
    }
  }
  return values;
}

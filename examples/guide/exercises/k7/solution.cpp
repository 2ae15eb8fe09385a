// A solution of the exercise of page 7 of the kernels.
#include <array>
#include <cstddef>

using Warp = std::array<int, 32>;

// With whom thread `thread` exchanges when the distance is `bit`, a power of two.
static std::size_t partner(std::size_t thread, std::size_t bit) { return thread ^ bit; }

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

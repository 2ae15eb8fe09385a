// The check of the exercise of page 7 of the kernels.
#include <array>
#include <cstddef>
#include <cstdio>

using Warp = std::array<int, 32>;
Warp sums(Warp values);

int main() {
  Warp values{};
  for (std::size_t i = 0; i < 32; ++i) values[i] = static_cast<int>(i * i);
  const Warp found = sums(values);
  for (std::size_t i = 0; i < 32; ++i) {
    if (found[i] == 10416) continue;
    std::printf("not yet: thread %zu has %d, not 10416\n", i, found[i]);
    return 1;
  }
  std::printf("passed\n");
}

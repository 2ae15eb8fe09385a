// The check of the exercise of page 3 of the kernels: against the six multiplications of the
// definition, on whole numbers, whose halves are exact too.
#include <array>
#include <cstddef>
#include <cstdio>

std::array<float, 2> filter(const std::array<float, 4>& d, const std::array<float, 3>& g);

int main() {
  const std::array<float, 4> d{3, -1, 4, 2};
  const std::array<float, 3> g{2, 7, -5};
  const std::array<float, 2> found = filter(d, g);
  for (std::size_t i = 0; i < 2; ++i) {
    float expected = 0;
    for (std::size_t l = 0; l < 3; ++l) expected += g[l] * d[i + l];
    if (found[i] == expected) continue;
    std::printf("not yet: output %zu is %.1f, not %.0f\n", i, static_cast<double>(found[i]),
                static_cast<double>(expected));
    return 1;
  }
  std::printf("passed\n");
}

// The check of the exercise of page 2 of the kernels: differences and sums of whole numbers.
#include <cstddef>
#include <cstdio>
#include <vector>

std::vector<float> convolve_row(const std::vector<float>& pixels, const std::vector<float>& weight);

int main() {
  const std::vector<float> found = convolve_row({0, 1, 4, 9, 16, 0}, {-1, 2, 3});
  const std::vector<float> expected{14, 34, 62, 23};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (found.size() == expected.size() && found[i] == expected[i]) continue;
    std::printf("not yet: output %zu is %.0f, not %.0f\n", i,
                i < found.size() ? static_cast<double>(found[i]) : 0.0,
                static_cast<double>(expected[i]));
    return 1;
  }
  std::printf("passed\n");
}

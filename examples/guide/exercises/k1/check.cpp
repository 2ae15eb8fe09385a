// The check of the exercise of page 1 of the kernels: against the definition, on whole numbers,
// whose sums are exact in any order.
#include <cstddef>
#include <cstdio>
#include <vector>

void multiply(std::size_t m, std::size_t n, std::size_t k, const std::vector<float>& a,
              const std::vector<float>& b, std::vector<float>& c);

int main() {
  constexpr std::size_t kRows = 3, kColumns = 5, kDepth = 4;
  std::vector<float> a, b, c(kRows * kColumns);
  for (std::size_t i = 0; i < kRows * kDepth; ++i) a.push_back(static_cast<float>(i * 7 % 9) - 4);
  for (std::size_t i = 0; i < kDepth * kColumns; ++i)
    b.push_back(static_cast<float>(i * 5 % 9) - 4);
  multiply(kRows, kColumns, kDepth, a, b, c);
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j) {
      float expected = 0;
      for (std::size_t p = 0; p < kDepth; ++p) expected += a[i * kDepth + p] * b[p * kColumns + j];
      if (c[i * kColumns + j] == expected) continue;
      std::printf("not yet: C at (%zu, %zu) is %.0f, not %.0f\n", i, j,
                  static_cast<double>(c[i * kColumns + j]), static_cast<double>(expected));
      return 1;
    }
  }
  std::printf("passed\n");
}

// Exercise of page 2 of the kernels: a row of a convolution, one weight after the other. Fill the
// hole; `examples/guide/run k2 --exercise` builds this file and checks it.
#include <cstddef>
#include <vector>

// Outputs i of a row are the sums over l of weight[l] times pixel i + l. The row `pixels` has its
// padding already, and is weight.size() - 1 longer than the result.
std::vector<float> convolve_row(const std::vector<float>& pixels,
                                const std::vector<float>& weight) {
  std::vector<float> row(pixels.size() - weight.size() + 1);
  for (std::size_t l = 0; l < weight.size(); ++l) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] += 0;  // the hole: what does weight l add to output i?
    }
  }
  return row;
}

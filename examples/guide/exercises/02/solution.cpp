// A solution of the exercise of lesson 2.
#include <cstddef>
#include <vector>

// dL/dW [outputs, inputs] of the layer y = x Wᵀ + b, given x [rows, inputs] and dL/dy [rows,
// outputs]. All three are stored row by row: element (o, i) of dL/dW is at o * inputs + i.
std::vector<double> weight_gradient(const std::vector<double>& x, const std::vector<double>& grad_y,
                                    std::size_t rows, std::size_t inputs, std::size_t outputs) {
  std::vector<double> grad_weight(outputs * inputs);
  for (std::size_t n = 0; n < rows; ++n) {
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t i = 0; i < inputs; ++i) {
        grad_weight[o * inputs + i] += grad_y[n * outputs + o] * x[n * inputs + i];
      }
    }
  }
  return grad_weight;
}

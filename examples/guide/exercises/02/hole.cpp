// Exercise of lesson 2: the gradient of a layer by its weights. Fill the hole;
// `examples/guide/run 2 --exercise` builds this file and checks it.
#include <cstddef>
#include <vector>

// dL/dW [outputs, inputs] of the layer y = x Wᵀ + b, given x [rows, inputs] and dL/dy [rows,
// outputs]. All three are stored row by row: element (o, i) of dL/dW is at o * inputs + i.
std::vector<double> weight_gradient([[maybe_unused]] const std::vector<double>& x,
                                    [[maybe_unused]] const std::vector<double>& grad_y,
                                    std::size_t rows, std::size_t inputs, std::size_t outputs) {
  std::vector<double> grad_weight(outputs * inputs);
  for (std::size_t n = 0; n < rows; ++n) {
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t i = 0; i < inputs; ++i) {
        grad_weight[o * inputs + i] += 0;  // the hole: what does row n add to dL/dW_oi?
      }
    }
  }
  return grad_weight;
}

// The check of lesson 2's exercise: against the gradient that Credence's layer computes.
#include "credence.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

std::vector<double> weight_gradient(const std::vector<double>& x, const std::vector<double>& grad_y,
                                    std::size_t rows, std::size_t inputs, std::size_t outputs);

int main() {
  Generator seed(1);
  nn::Linear layer(4, 3, {}, seed);
  const Tensor x = randn({6, 4}, seed), grad_y = randn({6, 3}, seed);
  layer(Variable(x)).backward(grad_y);
  const auto expected = nn::parameters(layer)[0].parameter->grad().to_vector<double>();
  const auto found = weight_gradient(x.to_vector<double>(), grad_y.to_vector<double>(), 6, 4, 3);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (found.size() == expected.size() && std::abs(found[i] - expected[i]) < 1e-5) continue;
    std::printf("not yet: dL/dW at (%zu, %zu) is %.4f, not %.4f\n", i / 4, i % 4, expected[i],
                i < found.size() ? found[i] : 0.0);
    return 1;
  }
  std::printf("passed\n");
}

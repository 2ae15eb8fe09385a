// The check of lesson 3's exercise: against the deviation of 100 000 outputs of Credence's layer.
#include "credence.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

double output_deviation(const std::vector<double>& x, const std::vector<double>& sigma);

int main() {
  constexpr std::int64_t kRows = 100000;
  bayes::BayesianLinear layer(3, 1, {}, bayes::Gaussian{}, Generator(1));
  const std::vector<double> x{1, -2, 0.5}, sigma{0.2, 0.3, 1};
  const Tensor log_variance = nn::parameters(layer)[1].parameter->value();
  const Tensor inputs = Tensor::empty({kRows, 3});
  for (std::size_t i = 0; i < 3; ++i) {
    log_variance.data<float>()[i] = static_cast<float>(2 * std::log(sigma[i]));
    for (std::size_t n = 0; n < kRows; ++n) inputs.data<float>()[3 * n + i] = float(x[i]);
  }
  double sum = 0, squares = 0;
  for (const double y : layer(Variable(inputs)).value().to_vector<double>()) {
    sum += y;
    squares += y * y;
  }
  const double expected = std::sqrt(squares / kRows - sum * sum / kRows / kRows);
  const double found = output_deviation(x, sigma);
  // The deviation of 100 000 draws is known to 0.22 %.
  const bool passed = std::abs(found / expected - 1) < 0.01;
  if (passed)
    std::printf("passed\n");
  else
    std::printf("not yet: the layer's outputs have the deviation %.3f, not %.3f\n", expected,
                found);
  return passed ? 0 : 1;
}

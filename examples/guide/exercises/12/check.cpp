// The check of lesson 12's exercise: against what bayes::prune leaves of a layer.
#include "credence.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

std::vector<bool> kept(const std::vector<double>& mu, const std::vector<double>& sigma,
                       double threshold);

int main() {
  bayes::BayesianLinear layer(10, 4, {}, bayes::Gaussian{}, Generator(1));
  const std::vector<nn::NamedParameter> parameters = nn::parameters(layer);
  Generator seed(1);
  const Tensor noise = randn({4, 10}, seed), log_variance = parameters[1].parameter->value();
  std::vector<double> sigma;
  for (std::int64_t i = 0; i < 40; ++i) {
    log_variance.data<float>()[i] = 2 * noise.data<float>()[i];
    sigma.push_back(std::exp(static_cast<double>(noise.data<float>()[i])));
  }
  const Tensor mean = parameters[0].parameter->value();
  const std::vector<bool> found = kept(mean.to_vector<double>(), sigma, 3);
  bayes::prune(layer, bayes::LogAlphaAbove{3});
  for (std::size_t i = 0; i < 40; ++i) {
    const bool expected = mean.to_vector<double>()[i] != 0;
    if (found[i] == expected) continue;
    std::printf("not yet: weight %zu with sigma = %.3f should %s\n", i, sigma[i],
                expected ? "stay" : "go");
    return 1;
  }
  std::printf("passed\n");
}

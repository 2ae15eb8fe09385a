// Lesson 6: how a weight learns how sure it is: d ELBO / d log alpha through a layer.
//   06_log_alpha [STEM]     draws STEM.png where it is given
#include "credence.hpp"
#include "examples/guide/figure.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

int main(int argc, char** argv) {
  constexpr std::int64_t kRows = 200;
  constexpr double kNoise = 0.5;
  const float slopes[] = {1, 0.2F, 0};  // y = 1 x_1 + 0.2 x_2 + 0 x_3 + noise
  Generator seed(1);
  const Tensor x = randn({kRows, 3}, seed), y = randn({kRows, 1}, seed);
  for (std::int64_t n = 0; n < kRows; ++n) {
    y.data<float>()[n] *= static_cast<float>(kNoise);
    for (int i = 0; i < 3; ++i) y.data<float>()[n] += slopes[i] * x.data<float>()[3 * n + i];
  }
  nn::LinearOptions no_bias;
  no_bias.bias = false;
  bayes::BayesianLinear layer(3, 1, no_bias, bayes::VariationalDropout{.log_alpha = -2}, seed);
  const Variable mu = *nn::parameters(layer)[0].parameter;
  const Variable log_alpha = *nn::parameters(layer)[1].parameter;

  // One example: the gradient of L = y by log alpha of its first weight, by the layer and by hand.
  const Variable example(x.slice(0, 1));
  const Variable drawn = layer(example);
  drawn.backward();
  double mean = 0, variance = 0;  // of the output, given the example
  const std::vector<double> m = mu.value().to_vector<double>(),
                            x0 = x.slice(0, 1).to_vector<double>();
  const double alpha = std::exp(-2);
  for (std::size_t i = 0; i < 3; ++i) {
    mean += m[i] * x0[i];
    variance += alpha * m[i] * m[i] * x0[i] * x0[i];
  }
  const double noise = (drawn.value().item() - mean) / std::sqrt(variance);
  std::printf("dy/d log alpha of weight 1: %.5f by backward, %.5f by hand\n\n",
              log_alpha.grad().to_vector<double>()[0],
              noise / (2 * std::sqrt(variance)) * alpha * m[0] * m[0] * x0[0] * x0[0]);

  // The whole objective, N · mean NLL + KL, down to where both forces on log alpha are equal.
  guide::chart::Points paths[] = {{.name = "slope 1"}, {.name = "slope 0.2"}, {.name = "slope 0"}};
  const auto adam = optim::make_optimizer(layer, optim::Adam{.learning_rate = 0.02});
  double squares[3] = {}, trained[3] = {};  // mu² and log alpha, averaged over the last 2000 steps
  for (int step = 1; step <= 4000; ++step) {
    adam->zero_grad();
    const Variable nll = sum(square(layer(Variable(x)) - Variable(y))) * (0.5 / (kNoise * kNoise));
    (nll + layer.kl_divergence()).backward();
    adam->step();
    for (std::size_t i = 0; i < 3; ++i) {
      const double now = log_alpha.value().to_vector<double>()[i];
      if (step % 50 == 0) paths[i].points.push_back({double(step), now});
      if (step <= 2000) continue;
      squares[i] += std::pow(mu.value().to_vector<double>()[i], 2) / 2000;
      trained[i] += now / 2000;
    }
  }
  std::printf("weight |  |mu| | log alpha: trained | where the forces are equal\n");
  for (std::size_t i = 0; i < 3; ++i) {
    double r = 0;
    for (std::size_t n = i; n < 3 * kRows; n += 3) r += std::pow(x.data<float>()[n], 2);
    r *= squares[i] / (kNoise * kNoise);
    std::printf("%6zu | %5.2f | %18.1f | %26.1f\n", i + 1, std::sqrt(squares[i]), trained[i],
                std::log((std::sqrt(1 + 4 / r) - 1) / 2));
  }
  guide::draw(argc, argv, "Three weights learn how sure they are",
              {{.x = {.label = "step"},
                .y = {.label = "log alpha"},
                .series = {paths[0], paths[1], paths[2]}}});
}

// Lesson 5: three ways to bring the noise of the weights into a layer's output, and how much noise
// each of them leaves in the gradient.     05_estimators [STEM]     draws STEM.png where it is
// given
#include "credence.hpp"
#include "examples/guide/figure.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

constexpr std::int64_t kInputs = 50, kOutputs = 10;
constexpr int kPasses = 200;

struct Noise {
  double loss = 0;      // its mean over passes
  double variance = 0;  // of the gradient by the weights' means: over passes, averaged over entries
};

Noise noise_of(const bayes::Estimator& estimator, std::int64_t batch) {
  Generator seed(1);
  bayes::BayesianLinear layer(kInputs, kOutputs, {},
                              {bayes::Gaussian{.log_variance = -4}, bayes::Normal{}, estimator},
                              seed.split("layer"));
  const Variable means = *nn::parameters(layer)[0].parameter;
  // The batch is the same in all passes: what varies is the noise of the weights alone.
  const Variable x(randn({batch, kInputs}, seed)), t(randn({batch, kOutputs}, seed));
  std::vector<double> sum(kInputs * kOutputs), squares(sum.size());
  Noise result;
  for (int pass = 0; pass < kPasses; ++pass) {
    means.zero_grad();
    const Variable loss = credence::sum(square(layer(x) - t)) * (0.5 / static_cast<double>(batch));
    loss.backward();
    result.loss += loss.value().item() / kPasses;
    const std::vector<double> gradient = means.grad().to_vector<double>();
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += gradient[i] / kPasses;
      squares[i] += gradient[i] * gradient[i] / kPasses;
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    result.variance += (squares[i] - sum[i] * sum[i]) / static_cast<double>(sum.size());
  }
  return result;
}

int main(int argc, char** argv) {
  const std::pair<const char*, bayes::Estimator> estimators[] = {
      {"one draw of the weights", bayes::WeightReparametrization{}},
      {"Flipout", bayes::Flipout{}},
      {"local reparametrisation", bayes::LocalReparametrization{}}};
  std::vector<guide::chart::Series> curves;
  std::printf("variance of the gradient, by batch size, and the mean loss at 1024\n");
  std::printf(
      "                        |       1 |       4 |      16 |      64 |     256 |    1024 |  "
      "loss\n");
  for (const auto& [name, estimator] : estimators) {
    guide::chart::Points curve{.name = name, .dots = true};
    std::printf("%-23s |", name);
    Noise noise;
    for (const std::int64_t batch : {1, 4, 16, 64, 256, 1024}) {
      noise = noise_of(estimator, batch);
      curve.points.push_back({static_cast<double>(batch), noise.variance});
      std::printf(" %.5f |", noise.variance);
    }
    std::printf(" %.3f\n", noise.loss);
    curves.push_back(curve);
  }
  guide::draw(argc, argv, "Noise of the gradient",
              {{.x = guide::logarithmic("examples in the batch"),
                .y = guide::logarithmic("variance"),
                .series = curves}});
}

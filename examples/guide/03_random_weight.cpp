// Lesson 3: what a layer computes whose one weight is a distribution, w ~ N(mu, sigma²).
//   03_random_weight [STEM]     draws STEM.png where it is given
#include "credence.hpp"
#include "examples/guide/figure.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

constexpr double kMu = 1, kSigma = 0.6, kBias = -0.5;
constexpr int kDraws = 100000;

struct Moments {
  double mean = 0, deviation = 0;
};
Moments moments(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double v : values) sum += v, squares += v * v;
  const double mean = sum / static_cast<double>(values.size());
  return {mean, std::sqrt(squares / static_cast<double>(values.size()) - mean * mean)};
}

int main(int argc, char** argv) {
  Generator seed(1);
  // Credence's layer with one input and one output: mean and log variance of its weight, and a
  // bias.
  nn::LinearOptions start;
  start.weight_init = nn::init::constant(kMu);
  start.bias_init = nn::init::constant(kBias);
  bayes::BayesianLinear layer(1, 1, start, bayes::Gaussian{.log_variance = 2 * std::log(kSigma)},
                              seed.split("layer"));
  const RandomStream noise = seed.split("draws").next();

  namespace chart = guide::chart;
  chart::Panel lines{.heading = "12 draws of the weight", .x = {.label = "x"}, .y = {.label = "y"}};
  chart::Band band{.name = "90 % of all lines", .colour = 0};
  chart::Panel after{
      .heading = "tanh y at x = 2", .x = {.label = "tanh y"}, .y = {.label = "density"}};
  chart::Bars bars{.edges = {-1}, .colour = 0};
  bars.tops.resize(20);
  for (int i = 1; i <= 20; ++i) bars.edges.push_back(-1 + i * 0.1);

  std::printf("y = w x - 0.5: mean and deviation     |          tanh y\n");
  std::printf("   x | formula    | draws      | layer      | of the mean | mean\n");
  for (double x = -2; x <= 2; x += 1) {
    const Moments formula{kMu * x + kBias, kSigma * std::abs(x)};
    std::vector<double> y, activated;
    for (int k = 0; k < kDraws; ++k) {
      y.push_back((kMu + kSigma * noise.normal(k)) * x + kBias);
      activated.push_back(std::tanh(y.back()));
      if (x == 2) bars.tops[static_cast<std::size_t>((activated.back() + 1) * 10)] += 20.0 / kDraws;
    }
    const Variable outputs = layer(Variable(Tensor::full({kDraws, 1}, x)));
    const Moments a = moments(y), b = moments(outputs.value().to_vector<double>());
    std::printf("%4.1f | %5.2f %4.2f | %5.2f %4.2f | %5.2f %4.2f | %11.3f | %6.3f\n", x,
                formula.mean, formula.deviation, a.mean, a.deviation, b.mean, b.deviation,
                std::tanh(formula.mean), moments(activated).mean);
    band.x.push_back(x);
    band.low.push_back(formula.mean - 1.6449 * formula.deviation);
    band.high.push_back(formula.mean + 1.6449 * formula.deviation);
  }
  lines.series.push_back(band);
  after.series.push_back(bars);
  for (int k = 0; k < 12; ++k) {
    const double w = kMu + kSigma * noise.normal(k);
    lines.series.push_back(
        chart::Points{.points = {{-2, -2 * w + kBias}, {2, 2 * w + kBias}}, .colour = 1});
  }
  guide::draw(argc, argv, "One weight that is a distribution", {lines, after});
}

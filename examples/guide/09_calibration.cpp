// Lesson 9: calibration, and what its usual number hides: five forecasters of rain, where the true
// probabilities are known.     09_calibration [STEM]     draws STEM.png where it is given
#include "credence.hpp"
#include "examples/guide/figure.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

// Days: the true probability of rain of each, and whether it rained.
struct Days {
  std::vector<double> rain;
  std::vector<std::int64_t> rained;
};

Days days(std::int64_t count) {
  Generator seed(1);
  const RandomStream chance = seed.next(), weather = seed.next();
  Days result;
  for (std::int64_t i = 0; i < count; ++i) {
    result.rain.push_back(chance.uniform(i));
    result.rained.push_back(weather.uniform(i) < result.rain.back() ? 1 : 0);
  }
  return result;
}

int main(int argc, char** argv) {
  namespace metrics = bayes::metrics;
  const auto sharpened = [](double p, double power) {
    return std::pow(p, power) / (std::pow(p, power) + std::pow(1 - p, power));
  };
  // What each forecaster says on a day whose true probability of rain is p.
  const std::pair<const char*, std::function<double(double)>> forecasters[] = {
      {"knows p", [](double p) { return p; }},
      {"overconfident", [&](double p) { return sharpened(p, 3); }},
      {"timid", [&](double p) { return sharpened(p, 0.4); }},
      {"always 50 %", [](double) { return 0.5000001; }},
      {"75 % or 25 %", [](double p) { return p > 0.5 ? 0.75 : 0.25; }}};
  std::vector<guide::chart::Series> curves{guide::chart::Reference{"accuracy = confidence"}};
  std::printf("              | right  | ECE of 50000, 500, 50 days | Brier |  NLL\n");
  for (const auto& [name, says] : forecasters) {
    std::printf("%-13s |", name);
    double errors[3] = {}, right = 0, brier = 0, nll = 0;
    for (int size = 0; size < 3; ++size) {
      const Days some = days(std::array{50000, 500, 50}[static_cast<std::size_t>(size)]);
      std::vector<double> log_p;
      for (const double p : some.rain) {
        log_p.push_back(std::log(1 - says(p)));
        log_p.push_back(std::log(says(p)));
      }
      const auto count = static_cast<std::int64_t>(some.rain.size());
      const Tensor log_probabilities = Tensor::from({count, 2}, log_p),
                   labels = Tensor::from({count}, some.rained);
      const auto bins = metrics::reliability_bins(log_probabilities, labels, {.bins = 20});
      errors[size] = metrics::expected_calibration_error(bins);
      if (size > 0) continue;
      right = 100 * metrics::accuracy(log_probabilities, labels).value;
      brier = metrics::brier_score(log_probabilities, labels);
      nll = metrics::negative_log_likelihood(log_probabilities, labels);
      guide::chart::Points curve{.name = name, .dots = true};
      for (const auto& bin : bins)
        if (bin.count > 0) curve.points.push_back({bin.confidence, bin.accuracy});
      curves.push_back(curve);
    }
    std::printf(" %4.1f %% | %8.3f %8.3f %8.3f | %.3f | %.3f\n", right, errors[0], errors[1],
                errors[2], brier, nll);
  }
  guide::draw(
      argc, argv, "How often a forecast is right, by its confidence",
      {{.x = {.label = "confidence"}, .y = {.label = "share that is right"}, .series = curves}});
}

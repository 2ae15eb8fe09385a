// The formulas of the curve, and its points.
#include "data/curve.hpp"

#include "data/arrays.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace credence::data {

double curve_mean(double x) { return 0.8 * std::sin(3 * x) + 0.3 * x; }

double curve_noise_deviation(double x) { return 0.08 + 0.05 * std::max(0.0, x); }

bool curve_has_points(double x) { return std::abs(x) >= 0.5 && std::abs(x) <= 2; }

bool curve_has_gap(double x) { return std::abs(x) < 0.5; }

Dataset curve_points(std::int64_t count, const Generator& generator) {
  const RandomStream places = generator.split("places").next();
  const RandomStream noise = generator.split("noise").next();
  std::vector<float> x;
  std::vector<float> y;
  for (std::int64_t i = 0; i < count; ++i) {
    const double u = 3 * places.uniform(i);
    x.push_back(static_cast<float>(u < 1.5 ? u - 2 : u - 1));
    const auto at = static_cast<double>(x.back());
    y.push_back(static_cast<float>(curve_mean(at) + curve_noise_deviation(at) * noise.normal(i)));
  }
  return arrays(Tensor::from({count, 1}, x), Tensor::from({count, 1}, y), {.name = "curve"});
}

}  // namespace credence::data

// The radial posterior. Of z = (ε / ‖ε‖) r in D dimensions the density is that of |r|, divided by
// the area 2 π^(D/2) / Γ(D/2) · |r|^(D−1) of the sphere on which z lies:
//   E[log p(z)] = ½ log(2/π) − ½ − log(2 π^(D/2) / Γ(D/2)) − (D − 1) E[log |r|],
//   E[log |r|] = −½ (γ + log 2),  E[z_i²] = E[r²] / D = 1 / D.
#include "bayes/posterior/radial.hpp"

#include "bayes/posterior/log_variance_posterior.hpp"
#include "bayes/prior/normal.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_tensors.hpp"
#include "framework/ops/reduce.hpp"

#include <cmath>
#include <numbers>

namespace credence::bayes {
namespace {

// (ε / ‖ε‖) r. The radius has a stream of its own, because both count their elements from 0.
Tensor radial_noise(const Tensor& like, const RandomStream& stream) {
  const NoGrad no_grad;
  const Variable noise(normal_tensor(like, stream));
  const RandomStream of_radius{Generator(stream.key).split("radius").key(), stream.draw};
  const Variable radius(normal_tensor(Tensor::empty({}, like.dtype(), like.device()), of_radius));
  return (noise * (radius / sqrt(sum(square(noise))))).value();
}

class RadialPosterior : public LogVariancePosterior {
 public:
  using LogVariancePosterior::LogVariancePosterior;

  Variable log_variance() const override { return affine(log_scale(), 1, -std::log(dimensions())); }
  Variable sample(const RandomStream& stream) const override {
    return mean() + scale() * Variable(radial_noise(mean().value(), stream));
  }
  Variable negative_entropy() const override {
    const double d = dimensions();
    const double area =
        std::numbers::ln2 + 0.5 * d * std::log(std::numbers::pi) - std::lgamma(d / 2);
    const double log_radius = -0.5 * (std::numbers::egamma + std::numbers::ln2);
    const double of_noise =
        0.5 * std::log(2 / std::numbers::pi) - 0.5 - area - (d - 1) * log_radius;
    return affine(sum(log_scale()), -0.5, of_noise);
  }
  bool independent_normal() const override { return false; }
  void set_relative_deviation(double ratio) override {
    LogVariancePosterior::set_relative_deviation(ratio * std::sqrt(dimensions()));
  }
  Prior default_prior() const override { return Normal{}; }

 private:
  double dimensions() const { return static_cast<double>(mean().value().numel()); }
};

}  // namespace

std::unique_ptr<WeightPosterior> Radial::operator()(const Variable& mean) const {
  const Bounds bounds{.upper = 2 * std::log(largest_deviation)};
  return std::make_unique<RadialPosterior>(
      mean, spread_parameter("log variance", mean, log_variance, bounds), bounds);
}

}  // namespace credence::bayes

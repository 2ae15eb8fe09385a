// The mean-field Gaussian posterior: σ² = exp(log σ²), with a cap.
#include "bayes/posterior/gaussian.hpp"

#include "bayes/posterior/log_variance_posterior.hpp"
#include "bayes/prior/normal.hpp"

#include <cmath>

namespace credence::bayes {
namespace {

class GaussianPosterior : public LogVariancePosterior {
 public:
  using LogVariancePosterior::LogVariancePosterior;
  Prior default_prior() const override { return Normal{}; }
};

}  // namespace

std::unique_ptr<WeightPosterior> Gaussian::operator()(const Variable& mean) const {
  const Bounds bounds{.upper = 2 * std::log(largest_deviation)};
  return std::make_unique<GaussianPosterior>(
      mean, spread_parameter("log variance", mean, log_variance, bounds), bounds);
}

}  // namespace credence::bayes

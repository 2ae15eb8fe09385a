// The elements of mixtures of Gaussians, checked, for the metrics that read them.
#pragma once

#include "bayes/metrics/input.hpp"
#include "bayes/metrics/regression.hpp"
#include "framework/base/error.hpp"

namespace credence::bayes::metrics {

/// [S, …], where … is the shape of the targets.
inline Shape shape_of_each(const char* metric, const char* what, const Tensor& samples) {
  const Shape& shape = samples.shape();
  if (shape.rank() < 1 || shape[0] < 1) {
    throw ShapeError("[" + std::string(metric) + "] " + what + " must be [samples, …], not " +
                     shape.to_string());
  }
  return Shape(std::span<const std::int64_t>(shape.begin() + 1, shape.end()));
}

/// The Gaussians of each target.
class Mixture {
 public:
  Mixture(const char* metric, const GaussianMixture& mixture)
      : shape_(shape_of_each(metric, "means", mixture.means)),
        samples_(mixture.means.shape()[0]),
        targets_(shape_.numel()),
        means_(checked(metric, mixture)),
        deviations_(mixture.deviations) {}
  Mixture(const char* metric, const GaussianMixture& mixture, const Tensor& targets)
      : Mixture(metric, mixture) {
    require_same_shape(metric, "the means of a sample", shape_, "targets", targets.shape());
    require_finite(metric, "targets", targets);
    require_elements(metric, "targets", targets);
  }

  const Shape& shape() const { return shape_; }
  std::int64_t samples() const { return samples_; }
  std::int64_t targets() const { return targets_; }
  double mean(std::int64_t s, std::int64_t i) const { return means_[s * targets_ + i]; }
  double deviation(std::int64_t s, std::int64_t i) const { return deviations_[s * targets_ + i]; }

 private:
  static const Tensor& checked(const char* metric, const GaussianMixture& mixture) {
    require_same_shape(metric, "deviations", mixture.deviations.shape(), "means",
                       mixture.means.shape());
    require_finite(metric, "means", mixture.means);
    require_positive(metric, "deviations", mixture.deviations);
    return mixture.means;
  }

  Shape shape_;
  std::int64_t samples_;
  std::int64_t targets_;
  Values means_;
  Values deviations_;
};

}  // namespace credence::bayes::metrics

// Densities of real targets: the normal one, −½ (log 2π + log σ² + (y − μ)² / σ²), and Student's,
// log Γ((ν + 1)/2) − log Γ(ν/2) − ½ log πν − log s − (ν + 1)/2 log(1 + ((y − μ)/s)² / ν).
#include "bayes/likelihood/regression.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

namespace credence::bayes {
namespace {

struct Parts {
  Variable location;   ///< [N, D]
  Variable log_noise;  ///< [N, D]
};

Parts parts_of(const char* name, const Variable& outputs) {
  const Shape& shape = outputs.shape();
  if (shape.rank() != 2 || shape[1] < 2 || shape[1] % 2 != 0) {
    throw ShapeError(std::string("[") + name +
                     "] expected outputs [N, 2 D], a location and the logarithm of its noise for "
                     "each of D targets, not " +
                     shape.to_string());
  }
  const std::vector<Variable> halves = split(outputs, {shape[1] / 2, shape[1] / 2}, 1);
  return {halves[0], halves[1]};
}

// y − location
Variable residual(const char* name, const Parts& parts, const Tensor& targets) {
  const Shape& shape = parts.location.shape();
  const bool fits =
      targets.shape() == shape || (shape[1] == 1 && targets.shape() == Shape{shape[0]});
  if (!fits || targets.dtype() != parts.location.dtype()) {
    throw ShapeError(std::string("[") + name + "] expected targets " +
                     to_string(parts.location.dtype()) + ' ' + shape.to_string() + ", not " +
                     to_string(targets.dtype()) + ' ' + targets.shape().to_string());
  }
  return Variable(targets.reshape(shape)) - parts.location;
}

std::vector<train::Monitor> rmse(const char* name, const std::vector<Variable>& outputs,
                                 const Tensor& targets) {
  const NoGrad no_grad;
  Variable sum_of_residuals;
  for (const Variable& output : outputs) {
    const Variable one = residual(name, parts_of(name, output.detach()), targets);
    sum_of_residuals = sum_of_residuals.defined() ? sum_of_residuals + one : one;
  }
  const Variable average = sum_of_residuals * (1 / static_cast<double>(outputs.size()));
  return {{.name = "rmse",
           .value = mean(square(average)).value(),
           .rule = train::Rule::root_mean,
           .display = train::Display::number}};
}

TargetMoments moments_of(const char* name, const Tensor& outputs, double exponent, double factor) {
  const NoGrad no_grad;
  const Parts parts = parts_of(name, Variable(outputs));
  return {parts.location.value(),
          affine(exp(affine(parts.log_noise, exponent, 0)), factor, 0).value()};
}

}  // namespace

Variable GaussianLikelihood::log_density(const Variable& outputs, const Tensor& targets) const {
  const Parts parts = parts_of("GaussianLikelihood", outputs);
  // Scaled before it is squared: the square of a large residual times a small variance may
  // overflow.
  const Variable scaled =
      residual("GaussianLikelihood", parts, targets) * exp(affine(parts.log_noise, -0.5, 0));
  const Variable terms = square(scaled) + parts.log_noise;
  return affine(sum(terms, {1}), -0.5,
                -0.5 * std::log(2 * std::numbers::pi) * static_cast<double>(terms.shape()[1]));
}

std::vector<train::Monitor> GaussianLikelihood::monitors(const std::vector<Variable>& outputs,
                                                         const Tensor& targets) const {
  return rmse("GaussianLikelihood", outputs, targets);
}

TargetMoments GaussianLikelihood::moments(const Tensor& outputs) const {
  return moments_of("GaussianLikelihood", outputs, 1, 1);
}

StudentTLikelihood::StudentTLikelihood(double degrees_of_freedom)
    : degrees_of_freedom_(degrees_of_freedom) {
  if (degrees_of_freedom > 2 && std::isfinite(degrees_of_freedom)) return;
  throw ValueError("[StudentTLikelihood] needs more than 2 degrees of freedom, not " +
                   std::to_string(degrees_of_freedom));
}

Variable StudentTLikelihood::log_density(const Variable& outputs, const Tensor& targets) const {
  const Parts parts = parts_of("StudentTLikelihood", outputs);
  const double nu = degrees_of_freedom_;
  const Variable scaled =
      residual("StudentTLikelihood", parts, targets) * exp(affine(parts.log_noise, -1, 0));
  const Variable terms =
      affine(log1p(affine(square(scaled), 1 / nu, 0)), 0.5 * (nu + 1), 0) + parts.log_noise;
  const double constant =
      std::lgamma(0.5 * (nu + 1)) - std::lgamma(0.5 * nu) - 0.5 * std::log(std::numbers::pi * nu);
  return affine(sum(terms, {1}), -1, constant * static_cast<double>(terms.shape()[1]));
}

std::vector<train::Monitor> StudentTLikelihood::monitors(const std::vector<Variable>& outputs,
                                                         const Tensor& targets) const {
  return rmse("StudentTLikelihood", outputs, targets);
}

TargetMoments StudentTLikelihood::moments(const Tensor& outputs) const {
  return moments_of("StudentTLikelihood", outputs, 2,
                    degrees_of_freedom_ / (degrees_of_freedom_ - 2));
}

LearnedNoise::LearnedNoise(std::int64_t dimensions, double log_noise)
    : log_noise_(Tensor::full({dimensions}, log_noise), true) {}

Variable LearnedNoise::forward(const Variable& x) {
  const Variable zeros(Tensor::zeros(x.shape(), x.dtype(), x.device()));
  return concat({x, zeros + log_noise_}, 1);
}

void LearnedNoise::visit(nn::Visitor& visitor) {
  visitor.parameter("log_noise", log_noise_, nn::Role::spread);
}

}  // namespace credence::bayes

// What the Laplace approximation needs of a likelihood: its Hessian by a network's outputs f, and
// the predictive distribution where f is normal.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/core/random.hpp"

#include <cstdint>

namespace credence::bayes {

/// p(y | f) of outputs f [N, C]. Classification: labels int64 [N] with p(y) = softmax(f)_y.
/// Regression: targets [N, C], or [N] for C = 1, with y ~ N(f, noise²) for each element.
class LaplaceOutput {
 public:
  enum class Kind : std::uint8_t { classification, regression };

  /// Throws ValueError unless the noise, a standard deviation, is positive and finite.
  LaplaceOutput(Kind kind, double noise);

  Kind kind() const { return kind_; }
  double noise() const { return noise_; }

  /// Σ_n log p(y_n | f_n), in nats. Throws ShapeError where outputs and targets do not fit.
  double log_likelihood(const Variable& outputs, const Tensor& targets) const;

  /// Row c of the Hessian Λ = −∂² log p / ∂f² of each sample, [N, C]. Classification: Λ = diag(p) −
  /// p pᵀ with p = softmax(f). Regression: Λ = I / noise².
  Tensor hessian_row(const Tensor& outputs, std::int64_t row) const;
  /// Column c of a root S of the Hessian, Λ = S Sᵀ, [N, C]. Classification: √p_c (e_c − p), the
  /// gradient of log p_c by f, weighted with √p_c: the sum over c of the products with themselves
  /// is the expectation over labels, which the Fisher matrix is. Regression: e_c / noise.
  Tensor root_column(const Tensor& outputs, std::int64_t column) const;
  /// S ε with independent random signs ε, [N, C], so that E[(S ε) (S ε)ᵀ] = Λ: one backward pass
  /// instead of C. As gradients of sampled labels, whose products have the same mean.
  Tensor random_root(const Tensor& outputs, const RandomStream& stream) const;

  /// The predictive distribution where f_c has the mean outputs[n, c] and the variance
  /// variances[n, c]. Classification: the probit approximation f / √(1 + π/8 · variance), [N, C],
  /// whose softmax is the predictive probability (MacKay 1992, Neural Computation 4(5), for two
  /// classes; Daxberger et al. 2021, section 2, item 4). Regression: the mean and log(variance +
  /// noise²), [N, 2 C], as GaussianLikelihood reads them; exact.
  Tensor predictive(const Tensor& outputs, const Tensor& variances) const;
  /// The same for known outputs: f, or the mean and log noise².
  Tensor predictive(const Tensor& outputs) const;

 private:
  Kind kind_;
  double noise_;
};

/// Throws ShapeError unless the outputs are [N, C].
void require_output_rows(const Variable& outputs);

/// The row vector e_c [1, C] in the type and on the device of `like` [N, C].
Tensor unit_row(const Tensor& like, std::int64_t index);

}  // namespace credence::bayes

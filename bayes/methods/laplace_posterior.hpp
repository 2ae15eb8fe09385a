// The normal posterior of one layer's weights: the precision is the curvature plus that of the
// prior.
#pragma once

#include "bayes/methods/laplace_curvature.hpp"
#include "framework/core/random.hpp"

#include <memory>
#include <string>
#include <vector>

namespace credence::bayes {

class MethodReader;
class MethodWriter;

/// W ~ N(W*, (H + δ I)⁻¹), where W* [O, D] are the trained weights (see CoveredLayer), H is the
/// curvature and δ the prior precision.
class LayerPosterior {
 public:
  virtual ~LayerPosterior() = default;
  LayerPosterior(const LayerPosterior&) = delete;
  LayerPosterior& operator=(const LayerPosterior&) = delete;

  const CoveredLayer& layer() const { return layer_; }
  /// W*, [O, D].
  const Tensor& mode() const { return mode_; }
  /// ‖W*‖².
  double squared_norm() const { return squared_norm_; }
  /// The eigenvalues of H, O · D of them, not negative.
  virtual const std::vector<double>& eigenvalues() const = 0;
  double prior_precision() const { return prior_precision_; }

  /// Must be called before the functions below.
  void set_prior_precision(double precision);

  /// The variance of each output of W a for inputs a [N, D, 1], [N, O].
  virtual Tensor output_variances(const Tensor& inputs) const = 0;
  /// What variances() takes of inputs a [N, D, T], which it needs for each output alike. Throws
  /// Error for the full structure.
  virtual Tensor prepared(const Tensor& inputs) const = 0;
  /// The variance of the linearised function Σ_t g_ntᵀ W a_nt, [N, 1], for prepared inputs and
  /// gradients [N, O, T]. Throws Error for the full structure.
  virtual Tensor variances(const Tensor& prepared, const Tensor& gradients) const = 0;
  /// A sample of W − W*, [O, D].
  virtual Tensor deviation(const RandomStream& stream) const = 0;
  /// Writes the curvature under `name`.
  virtual void save(MethodWriter& writer, const std::string& name) const = 0;

 protected:
  explicit LayerPosterior(const CoveredLayer& layer);
  /// A tensor of the layer's type on its device.
  Tensor like_weight(const Matrix& matrix) const;
  virtual void update() = 0;

 private:
  CoveredLayer layer_;
  Tensor mode_;
  double squared_norm_ = 0;
  double prior_precision_ = 0;
};

/// The posterior of a layer. Kronecker factors are diagonalised, so that δ is added to the products
/// of their eigenvalues: the sum is exact, without damping (as in Daxberger et al. 2021, appendix
/// A, and their program's KronDecomposed). Throws ShapeError where the curvature does not fit, and
/// ValueError where it is not finite.
std::unique_ptr<LayerPosterior> layer_posterior(const CoveredLayer& layer,
                                                HessianStructure structure,
                                                const LayerCurvature& curvature);
/// What LayerPosterior::save wrote.
LayerCurvature read_curvature(const MethodReader& reader, HessianStructure structure,
                              const std::string& name);

}  // namespace credence::bayes

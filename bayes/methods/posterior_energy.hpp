// The negative logarithm of a posterior density of a network's weights, and leapfrog steps on it.
#pragma once

#include "bayes/likelihood/likelihood.hpp"
#include "framework/nn/borrowed_module.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace credence::bayes {

/// The deviations s of normal priors N(0, s²) by the role of a parameter.
struct PriorDeviations {
  double weight = 1;
  double bias = 1;
  double norm = 1;
  double spread = 1;
  /// Whether the deviation of a weight [O, I, …] is divided by the root of its fan-in I · …, so
  /// that wide layers have outputs of the same scale as narrow ones (Neal 1996).
  bool by_fan_in = false;

  /// That of a parameter of this shape.
  double of(nn::Role role, const Shape& shape) const;
};

/// A place of a chain: coordinates z [P], the energy there and its gradient [P].
struct EnergyPoint {
  Tensor z;
  Tensor gradient;
  double energy = 0;
  EnergyPoint clone() const { return {z.clone(), gradient.clone(), energy}; }
};

/// For weights θ = s z, with the prior's deviation s of each:
///   U(z) = (−Σ_n log p(y_n | f(x_n; θ)) + ½ |z|²) / T,
/// over all N samples of the data. In these coordinates the prior is N(0, I): trajectories have the
/// prior's deviations as their units. While an object is alive the model is in evaluation mode, so
/// that it is one function of its weights: no dropout, and batch normalisation with the running
/// statistics it has. Its trained parameters are then tensors of this object, in float32 or
/// float64; afterwards it has its own members back, with the same bits.
class PosteriorEnergy {
 public:
  /// The batches are on the model's device, with floating tensors in `dtype` (see batches_of).
  /// Throws ValueError for a model with Bayesian layers, for deviations or a temperature that are
  /// not positive and finite, and where no parameter requires a gradient.
  PosteriorEnergy(nn::Module& model, std::vector<train::Batch> batches, Likelihood likelihood,
                  const PriorDeviations& prior, double temperature, DType dtype);

  /// P, the number of elements of all parameters that require a gradient.
  std::int64_t dimension() const { return dimension_; }
  /// z of the weights that the model had.
  const Tensor& model_position() const { return model_position_; }
  /// U and its gradient at z. The energy is summed in double precision over batches. It is not
  /// finite where the likelihood is not.
  EnergyPoint at(const Tensor& z) const;
  /// The same, for a point whose z has changed.
  void update(EnergyPoint& point) const;
  /// θ = s z, [P], the parameters one after the other in the order of visit.
  Tensor weights(const Tensor& z) const;

 private:
  struct Part {
    Variable parameter;
    std::int64_t offset;
    double deviation;
  };

  nn::BorrowedModule borrowed_;
  nn::EvaluationMode mode_;
  nn::Module& model_;
  std::vector<train::Batch> batches_;
  Likelihood likelihood_;
  double temperature_;
  std::vector<Part> parts_;
  std::int64_t dimension_ = 0;
  Tensor model_position_;
};

/// Copies of all batches of epoch 0 on a device, with floating tensors in this element type.
std::vector<train::Batch> batches_of(train::BatchSource& source, Device device, DType dtype);

/// `steps` leapfrog steps of size ε (Neal 2011, arXiv 1206.1901, section 2.3), in place:
///   p ← p − ε/2 ∇U(z),   z ← z + ε p,   p ← p − ε/2 ∇U(z)
/// Each costs one gradient. They preserve volume, and with p negated they lead back.
void leapfrog(const PosteriorEnergy& energy, EnergyPoint& point, const Tensor& momentum,
              double step_size, std::int64_t steps);

/// Σ x², in double precision.
double square_sum(const Tensor& x);

}  // namespace credence::bayes

// The Laplace approximation (MacKay 1992, Neural Computation 4(3); Daxberger et al. 2021, arXiv
// 2106.14806, whose program laplace-torch, github.com/aleximmer/Laplace, has the same conventions):
// after ordinary training, the posterior of the weights is the normal distribution around the
// trained weights w* whose precision is the negative log posterior's curvature there,
//   N(w*, (H + δ I)⁻¹),
// with the generalised Gauss-Newton matrix H = Σ_n J_nᵀ Λ_n J_n of the negative log-likelihood in
// place of its Hessian, and the prior N(0, I / δ). laplace_curvature.hpp has the structures of H.
//
// It covers Linear and Conv1d to Conv3d, weights and biases. The scales and shifts of
// normalisations keep their trained values, and normalisations use their running statistics: the
// model is in evaluation mode throughout. Frozen parameters are left out.
//
// Costs, with N training samples, C outputs, D the width of the last layer with its bias:
//  - last layer: one pass through the network without gradients, and for `full` N C² D² / 2
//    multiply-adds, a matrix of (C D)² doubles and about 2 (C D)³ multiply-adds on one thread of
//    the host (C D = 850 for LeNet5: 6 MB and about a second);
//  - all layers: C forward and backward passes (`random_passes` instead of C where that is set);
//    for convolutions and `diagonal` also O D numbers for each sample at a time; for `kronecker`
//    the eigenvalues of two matrices for each layer, [D, D] and [O, O], on one thread of the host:
//    about 10 D³ operations.
#pragma once

#include "bayes/methods/laplace_curvature.hpp"
#include "bayes/methods/weight_samples.hpp"

#include <memory>
#include <vector>

namespace credence::bayes {

class LayerPosterior;
class MethodReader;

/// The layers whose weights have a distribution. All others are constants.
enum class LaplaceLayers : std::uint8_t { last, all };

/// How predictions are made.
enum class LaplacePrediction : std::uint8_t {
  /// One pass of the network with the outputs' variances j Σ jᵀ, j the derivative of an output by
  /// the weights, in closed form: the network linearised around w* (Immer et al. 2021, arXiv
  /// 2008.08400). The pass gives LaplaceOutput::predictive: logits that the probit approximation
  /// has scaled, or the mean and the variance of targets. With all layers it takes C forward and
  /// backward passes a batch, with the last layer one forward pass.
  probit,
  /// Passes of the network with weights drawn from the posterior.
  sampled,
};

/// How the prior precision is chosen.
enum class PriorTuning : std::uint8_t {
  /// The maximum of the marginal likelihood (see best_prior_precision).
  marginal_likelihood,
  /// The smallest negative log-likelihood of the validation data by `probit` predictions, among the
  /// 17 powers of √10 from 1e-4 to 1e4.
  validation,
  /// LaplaceOptions::prior_precision.
  fixed,
};

/// The defaults are those that Daxberger et al. recommend (section 3.3: last layer, probit,
/// marginal likelihood), with the full matrix where they take Kronecker's.
struct LaplaceOptions {
  LaplaceLayers layers = LaplaceLayers::last;
  /// `full` is for the last layer only.
  HessianStructure structure = HessianStructure::full;
  LaplacePrediction prediction = LaplacePrediction::probit;
  LaplaceOutput::Kind likelihood = LaplaceOutput::Kind::classification;
  double noise = 1;  ///< the standard deviation of regression targets
  PriorTuning prior = PriorTuning::marginal_likelihood;
  bool prior_per_layer = false;  ///< whether each layer has a δ of its own; not with `validation`
  double prior_precision = 1;
  train::BatchSource* validation = nullptr;  ///< read by `validation` while laplace() runs
  std::int64_t random_passes = 0;            ///< see CurvatureOptions
  Generator generator{};                     ///< of the random passes and of the drawn weights
};

/// The approximation of a trained network. Predictions of a classification are logits [N, C]; those
/// of a regression [N, 2 D] are the means and log variances that GaussianLikelihood reads.
class Laplace : public WeightSamples {
 public:
  ~Laplace() override;
  std::string name() const override { return "laplace"; }
  /// 1 for `probit`. `samples` = 0 is the network with the weights w*.
  std::int64_t passes(std::int64_t samples) const override;
  void for_some_passes(PartRange range, train::BatchSource& source, std::int64_t samples,
                       FunctionRef<void(const PassOutputs&)> receive) override;
  void save(MethodWriter& writer) const override;
  static std::unique_ptr<Method> read(const MethodReader& reader);

  /// Of each covered layer, in the order of visit.
  std::size_t layers() const { return posteriors_.size(); }
  const LayerPosterior& posterior(std::size_t i) const { return *posteriors_[i]; }
  /// log p(D | w*) + log of the Occam factors at the present prior precisions, in nats.
  double log_marginal_likelihood() const;
  /// Sets the prior precision of all layers, or of each. Throws ValueError unless there are one or
  /// layers() numbers, positive and finite.
  void set_prior_precision(const std::vector<double>& precisions);

 protected:
  void set_weights(std::int64_t pass, std::int64_t passes) override;

 private:
  friend std::unique_ptr<Laplace> laplace(std::shared_ptr<nn::Module>, train::BatchSource&,
                                          const LaplaceOptions&);
  Laplace(std::shared_ptr<nn::Module> model, const LaplaceOptions& options);

  void closed_form(train::BatchSource& source, FunctionRef<void(const PassOutputs&)> receive);
  void tune_by_evidence(bool each_layer);
  void tune_by_validation(train::BatchSource& validation);

  LaplaceLayers covered_;
  HessianStructure structure_;
  LaplacePrediction prediction_;
  LaplaceOutput output_;
  Generator generator_;
  double log_likelihood_ = 0;
  std::vector<std::unique_ptr<LayerPosterior>> posteriors_;
};

/// Makes the approximation of a network that train::fit (with any optimiser and schedule, on the
/// likelihood of the options) has trained on epoch 0 of `training`; its batches must come without
/// augmentation. There is no state of a run to save: a network that was trained in two parts gives
/// the same. Throws ValueError for options that do not fit and as covered_layers, last_layer and
/// gauss_newton do.
std::unique_ptr<Laplace> laplace(std::shared_ptr<nn::Module> model, train::BatchSource& training,
                                 const LaplaceOptions& options = {});

}  // namespace credence::bayes

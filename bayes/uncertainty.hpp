// The uncertainty of a model's predictions: the part that comes from the weights (epistemic) and
// the part that comes from the data (aleatoric).
#pragma once

#include "bayes/function_draw.hpp"
#include "bayes/methods/method.hpp"
#include "framework/nn/module.hpp"

namespace credence::bayes {

/// How outputs become probabilities: softmax, or softplus(z) / Σ softplus(z) as proposed by
/// Shridhar et al. 2019 (arXiv 1806.05978, section 4.3.2).
enum class Normalization : std::uint8_t { softmax, softplus };

/// How probabilities are drawn.
struct UncertaintyOptions {
  /// The number of passes S; 0 for one pass with the posterior's mean, whose epistemic uncertainty
  /// is 0.
  std::int64_t samples = 15;
  Normalization normalization = Normalization::softmax;
  /// What a pass of a network draws. A Method draws in its own way.
  PassDraw draw = PassDraw::outputs;
};

/// The uncertainty of N images and C classes from the probability vectors p of S samples of the
/// posterior, whose mean is p̄ (Kwon et al. 2020, Computational Statistics and Data Analysis 142,
/// 106816). epistemic + aleatoric = diag(p̄) − p̄ p̄ᵀ, the covariance of the predicted one-hot
/// label. All tensors are on the CPU and have the type of the probabilities, except `prediction`.
struct Uncertainty {
  Tensor epistemic;           ///< [N, C, C], 1/S Σ (p − p̄)(p − p̄)ᵀ
  Tensor aleatoric;           ///< [N, C, C], 1/S Σ (diag(p) − p pᵀ)
  Tensor probabilities;       ///< [N, C], p̄
  Tensor prediction;          ///< [N] int64, the class with the largest p̄
  Tensor epistemic_trace;     ///< [N], between 0 and 1
  Tensor aleatoric_trace;     ///< [N], between 0 and 1
  Tensor entropy;             ///< [N], −Σ p̄ log p̄, in nats
  Tensor mutual_information;  ///< [N], entropy(p̄) − mean entropy(p) = 1/S Σ KL(p ‖ p̄), nats
};

/// The uncertainty from probabilities [S, N, C], float32 or float64, on the CPU. Throws ShapeError
/// for another rank and for no samples or classes. Throws ValueError for another element type, and
/// where the probabilities of an image are negative or do not sum to 1.
Uncertainty from_probabilities(const Tensor& samples);

/// The uncertainty of the model's predictions for images [N, …]. The noise is the same at each
/// call, and the noise of later training is unaffected. Throws ShapeError where the outputs are not
/// [N, C]. Throws ValueError for samples < 0 and for outputs that are NaN or infinite; it names the
/// tensor of the model that is not finite, if there is one.
Uncertainty uncertainty(nn::Module& model, const Tensor& images,
                        const UncertaintyOptions& options = {});
/// The same of any method.
Uncertainty uncertainty(Method& method, const Tensor& images,
                        const UncertaintyOptions& options = {});

}  // namespace credence::bayes

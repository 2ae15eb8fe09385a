// What a posterior says about its own predictions: how much of their uncertainty comes from the
// weights (epistemic) and how much from the data (aleatoric).
#pragma once

#include "framework/nn/module.hpp"

namespace credence::bayes {

/// How outputs become probabilities: softmax, or softplus(z) / Σ softplus(z) as Shridhar et al.
/// 2019 (arXiv 1806.05978, section 4.3.2) propose.
enum class Normalization : std::uint8_t { softmax, softplus };

struct UncertaintyOptions {
  /// Passes; 0 for one with the posterior's mean, whose epistemic uncertainty is 0.
  std::int64_t samples = 15;
  Normalization normalization = Normalization::softmax;
};

/// Of N images and C classes, from the probabilities p₁…p_S that S samples of the posterior give
/// (Kwon et al. 2020, Computational Statistics and Data Analysis 142, 106816); p̄ is their mean.
/// epistemic + aleatoric = diag(p̄) − p̄ p̄ᵀ, the covariance of the predicted one-hot label.
struct Uncertainty {
  Tensor epistemic;           ///< [N, C, C], 1/S Σ (p − p̄)(p − p̄)ᵀ
  Tensor aleatoric;           ///< [N, C, C], 1/S Σ (diag(p) − p pᵀ)
  Tensor probabilities;       ///< [N, C], p̄
  Tensor prediction;          ///< [N] int64, the class with the largest p̄
  Tensor epistemic_trace;     ///< [N], between 0 and 1
  Tensor aleatoric_trace;     ///< [N], likewise
  Tensor entropy;             ///< [N], −Σ p̄ log p̄, in nats
  Tensor mutual_information;  ///< [N], the entropy of p̄ less the mean one of p: 1/S Σ KL(p ‖ p̄)
};

/// The same from the probabilities [S, N, C] of the samples, float32 or float64. Throws ShapeError
/// for another rank or no samples or classes, ValueError for another element type and where the
/// classes of an image are not probabilities that add up to 1.
Uncertainty from_probabilities(const Tensor& samples);

/// For images [N, …], with noise that is the same at each call; training goes on afterwards as if
/// there had been none. Throws ValueError for samples < 0 and for outputs that give no
/// probabilities (not a number, infinite), naming the model's tensor that has such an element where
/// there is one; ShapeError where they are not [N, C].
Uncertainty uncertainty(nn::Module& model, const Tensor& images,
                        const UncertaintyOptions& options = {});

}  // namespace credence::bayes

// Whether Markov chains have reached their common distribution, and how many independent draws they
// are worth (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021, arXiv 1903.08008).
#pragma once

#include "framework/core/tensor.hpp"

namespace credence::bayes::metrics {

// Draws are [M, N, …] for M chains of N draws of the quantities …, float32 or float64 on the CPU:
// parameters, or predictions. Results are float64 in the shape …, or [1] for draws [M, N]. Each
// chain is split in halves, so that one chain that drifts is found too; the middle draw of an odd N
// is left out. A quantity whose draws are all equal gives NaN. All functions throw ShapeError for
// N < 4 and other shapes, types and devices, and ValueError that names the first element that is
// NaN or infinite. Quantities are computed by several threads, with the same bits for any number.

/// Split R̂: with B the variance between the 2M half chains of n draws and W that within,
///   R̂ = √(((n − 1)/n · W + B/n) / W)        (equations 1 to 4)
/// It is near 1 where all halves have the same mean. Infinite where W is 0 and B is not.
Tensor split_r_hat(const Tensor& draws);

/// The R̂ that the paper recommends: the larger of split R̂ of the rank-normalised draws and that of
/// the rank-normalised distances |x − median|, which finds differences of scale. Draws count as
/// converged below 1.01.
Tensor rank_normalized_r_hat(const Tensor& draws);

/// The draws in place of which stand z = Φ⁻¹((rank − 3/8) / (S + 1/4)), with the ranks among all
/// S = M N draws of a quantity, averaged over equal draws (equation 14). float64 [M, N, …].
Tensor rank_normalized(const Tensor& draws);

/// The effective sample size of the mean, S / τ with S the number of draws in the half chains. With
/// ρ_t the autocorrelation at lag t of all chains together (equation 10), τ = −1 + 2 Σ_k P_k where
/// P_k = ρ_2k + ρ_2k+1, summed up to the last positive P and made monotone (Geyer 1992), as in
/// Stan: at most S log10 S. The bulk ESS of the paper is that of rank_normalized(draws).
Tensor effective_sample_size(const Tensor& draws);

}  // namespace credence::bayes::metrics

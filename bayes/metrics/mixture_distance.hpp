// How far apart two predictions of numbers are, each a mixture of Gaussians, such as those of an
// approximation and of Hamiltonian Monte Carlo. agreement.hpp has the distances of predictions of
// classes.
#pragma once

#include "bayes/metrics/regression.hpp"

namespace credence::bayes::metrics {

/// The mean over targets of the total variation distance of two predictions of them, ½ ∫ |p − q|
/// dx, between 0 and 1. It is summed over the cells of a grid, ½ Σ_k |P(cell k) − Q(cell k)|, each
/// a 32nd of the smallest deviation wide, but there are at most 65,536 cells from 9 deviations
/// below the smallest mean to 9 above the largest. The sum is never above the integral, and below
/// it only by what the cells in which p and q cross lose: less than 10⁻⁴ for each crossing where
/// the cells have that width.
double total_variation(const GaussianMixture& p, const GaussianMixture& q);

}  // namespace credence::bayes::metrics

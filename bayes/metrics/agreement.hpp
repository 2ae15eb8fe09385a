// How far two methods' predictions are from each other, such as those of an approximation and of
// Hamiltonian Monte Carlo (Izmailov et al. 2021, arXiv 2104.14421).
#pragma once

#include "framework/core/tensor.hpp"

namespace credence::bayes::metrics {

// Both tensors of log-probabilities are [N, C] with N, C ≥ 1, float32 or float64, on the CPU. Sums
// are in double precision, the same for any number of threads. The functions throw ShapeError for
// other shapes, types and devices, and ValueError that names the row where a row of probabilities
// does not add up to 1 ± 0.001. They are symmetric in their arguments.

/// The share of rows with the same first largest probability, 1/N Σ_n [argmax p_n = argmax q_n],
/// between 0 and 1.
double agreement(const Tensor& log_p, const Tensor& log_q);

/// The mean total variation distance, 1/N Σ_n ½ Σ_c |p_nc − q_nc|, between 0 and 1.
double total_variation(const Tensor& log_p, const Tensor& log_q);

/// The means and deviations of normal distributions, of one shape.
struct Normals {
  Tensor means;
  Tensor deviations;
};

/// For predictions of numbers, the mean over targets of the 2-Wasserstein distance of two normal
/// distributions, √((m_p − m_q)² + (s_p − s_q)²) (Givens and Shortt 1984). It is in the unit of the
/// targets, and unlike the total variation, which is 1 for all distributions that hardly overlap,
/// it says how far apart these are. Deviations may be 0. Throws ShapeError for tensors of different
/// shapes or without elements, ValueError for an element that is not finite and a negative
/// deviation.
double wasserstein_distance(const Normals& p, const Normals& q);

}  // namespace credence::bayes::metrics

// The variance of gradients with each estimator: as tables, as JSON and as a figure.
#pragma once

#include "benchmarks/common/provenance.hpp"
#include "benchmarks/steps/gradient_moments.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// The gradients of one batch size, for the estimators in the order of GradientStudy.
struct GradientPoint {
  std::int64_t batch_size = 0;
  std::vector<GradientMoments> moments{};
};

/// What was measured, and where.
struct GradientStudy {
  std::string model;       ///< "BayesianLeNet5"
  std::string activation;  ///< "softplus"
  double log_variance = 0;
  std::string dataset;
  std::int64_t epochs = 0;
  std::string device;                   ///< for people
  std::vector<std::string> estimators;  ///< the first is what others are compared with
  std::vector<GradientPoint> points{};  ///< by ascending batch size
  Provenance program{};
};

/// a / b, with the standard error of independent a and b to first order.
Estimate ratio(const Estimate& a, const Estimate& b);

/// Mean gradients that are further apart than this, in standard errors, are said to differ. Equal
/// expectations lead to so much once in 370 comparisons where all elements vary together, and less
/// often otherwise.
inline constexpr double kFarApart = 3;

/// Tables of the variances over batch sizes, and over the layers at the largest batch; then whether
/// the mean gradients agree.
std::string gradient_text(const GradientStudy& study);

/// The same with all numbers, for machines.
std::string gradient_json(const GradientStudy& study);

/// Draws stem.png and stem.svg: variance against batch size, a panel for the means of the weights
/// and one for their spreads. Throws FileError where a file cannot be written.
void draw_gradient_variance(const GradientStudy& study, const std::filesystem::path& stem);

}  // namespace credence::benchmarks

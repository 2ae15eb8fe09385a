// What the metrics share: checks of their inputs, elements read as double, and sums that are the
// same for any number of threads. Every message starts with "[metric]".
#pragma once

#include "framework/base/function_ref.hpp"
#include "framework/core/tensor.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace credence::bayes::metrics {

/// The elements of a float32 or float64 tensor on the CPU, as double.
class Values {
 public:
  explicit Values(const Tensor& x);
  double operator[](std::int64_t i) const {
    return doubles_ != nullptr ? doubles_[i] : static_cast<double>(floats_[i]);
  }

 private:
  const float* floats_ = nullptr;
  const double* doubles_ = nullptr;
};

/// The class of the largest element of a row of probabilities or their logarithms: the first of
/// equal ones.
std::int64_t predicted(const std::vector<double>& row);
/// Throws ShapeError unless `x` is float32 or float64 on the CPU.
void require_floating(const char* metric, const char* what, const Tensor& x);
/// Throws ShapeError unless `a` and `b` have one shape.
void require_same_shape(const char* metric, const char* what_a, const Shape& a, const char* what_b,
                        const Shape& b);
/// Throws ShapeError where `x` has no elements.
void require_elements(const char* metric, const char* what, const Tensor& x);
/// Throws as require_floating does, and ValueError that names the first element that is NaN or
/// infinite.
void require_finite(const char* metric, const char* what, const Tensor& x);
/// Throws as require_finite does, and ValueError that names the first element that is not positive.
void require_positive(const char* metric, const char* what, const Tensor& x);
/// Throws ShapeError unless `x` is [N], float32 or float64 on the CPU, and ValueError that names
/// the first row that is NaN. Infinities are allowed.
void require_scores(const char* metric, const char* what, const Tensor& x);
/// Throws ShapeError unless `x` is [N, C] with C ≥ 1, float32 or float64 on the CPU, and ValueError
/// that names the first row with NaN or +∞ in it, and the first row that is −∞ throughout.
void require_logits(const char* metric, const Tensor& x);
/// Throws ShapeError unless `x` is [N, C] (rank 2) or [S, N, C] (rank 3) with S, C ≥ 1, float32 or
/// float64 on the CPU. Throws ValueError that names the first row whose exponentials do not add up
/// to 1 ± 0.001, which is so for NaN too. −∞, the probability 0, is allowed.
void require_log_probabilities(const char* metric, const Tensor& x, int rank);
/// Throws ShapeError unless `labels` is int64 [rows] on the CPU, and ValueError that names the
/// first row whose label is outside [0, classes).
void require_labels(const char* metric, const Tensor& labels, std::int64_t rows,
                    std::int64_t classes);
/// Log-probabilities [N, C] with N ≥ 1 and the labels of their rows, as above.
void require_labelled(const char* metric, const Tensor& log_probabilities, const Tensor& labels);
/// Throws ValueError unless 0 < level < 1.
void require_level(const char* metric, double level);

/// function(i) for i in [0, count), by several threads in ranges of `grain`.
std::vector<double> values_of(std::int64_t count, std::int64_t grain,
                              FunctionRef<double(std::int64_t i)> function);
/// function(row, values) for each row of a [N, C] tensor, by several threads.
std::vector<double> values_of_rows(
    const Tensor& x,
    FunctionRef<double(std::int64_t row, const std::vector<double>& values)> function);
/// The sum in a fixed order, and the arithmetic mean.
double sum_of(std::span<const double> values);
double mean_of(std::span<const double> values);
/// A float64 tensor [N] with these values.
Tensor vector_tensor(const std::vector<double>& values);

/// e^x, at most 1: a log-probability that rounding left above 0 is the probability 1.
double probability(double log_probability);
/// log Σ e^x, which does not overflow; −∞ where all x are −∞.
double log_sum_exp(std::span<const double> x);
/// The smallest k in 0 … total with k / total ≥ share, for a share of at most 1. The quotient is
/// rounded as the share is: 95 of 100 is a share of 0.95, whatever 0.95 · 100 is rounded to.
std::int64_t smallest_count(std::int64_t total, double share);

}  // namespace credence::bayes::metrics

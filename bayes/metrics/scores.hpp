// Scores of class predictions against labels: accuracy, negative log-likelihood, the Brier score
// and the confusion matrix.
#pragma once

#include "framework/core/tensor.hpp"

namespace credence::bayes::metrics {

// All functions take log-probabilities [N, C], float32 or float64, and labels int64 [N], both on
// the CPU. They add in double precision, and give the same bits for any number of threads. They
// throw ShapeError for other shapes, types and devices and for N = 0. They throw ValueError that
// names the row where a row of probabilities does not add up to 1 ± 0.001 (a NaN does not), and
// where a label is outside [0, C). A log-probability of −∞ is the probability 0.

/// A mean and the standard error of it.
struct Estimate {
  double value = 0;
  double standard_error = 0;
};

/// The share a of rows whose first largest probability is that of the label, and its standard error
/// √(a (1 − a) / N), that of a binomial share.
Estimate accuracy(const Tensor& log_probabilities, const Tensor& labels);

/// 1 for each row whose first largest probability is not that of the label, else 0; float64 [N].
Tensor zero_one_loss(const Tensor& log_probabilities, const Tensor& labels);

/// The mean of −log p(label), in nats. It is finite where the log-probabilities of the labels are,
/// however small the probabilities, and +∞ where a label has the probability 0.
double negative_log_likelihood(const Tensor& log_probabilities, const Tensor& labels);

/// The mean over rows of Σ_c (p_c − [c = label])², the sum over classes, between 0 and 2 (Brier
/// 1950). Some programs divide by C, or take one class of two: for C = 2 this is twice
/// scikit-learn's brier_score_loss.
double brier_score(const Tensor& log_probabilities, const Tensor& labels);

/// The number of rows with the label i whose first largest probability is that of class j, at
/// [i, j]; int64 [C, C], as scikit-learn's confusion_matrix.
Tensor confusion_matrix(const Tensor& log_probabilities, const Tensor& labels);

/// The accuracy among the rows of each class (its recall), float64 [C], from a confusion matrix;
/// NaN for a class without rows. Throws ShapeError unless the matrix is int64 [C, C] on the CPU.
Tensor per_class_accuracy(const Tensor& confusion_matrix);

}  // namespace credence::bayes::metrics

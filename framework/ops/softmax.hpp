// The softmax, and the negative log-likelihood of labels under it.
#pragma once

#include "framework/autograd/variable.hpp"

namespace credence {

/// x − log Σ exp(x) over the last dimension, in the form that neither overflows nor loses small
/// probabilities; empty where x is. Throws ShapeError for a scalar.
Variable log_softmax(const Variable& x);

/// exp(x) / Σ exp(x) over the last dimension.
Variable softmax(const Variable& x);

/// The same over another dimension, a negative one counted from the end. Throws ShapeError for one
/// outside the shape.
Variable log_softmax(const Variable& x, int dimension);
Variable softmax(const Variable& x, int dimension);

/// The mean over the rows of −log_probabilities[n, labels[n]], a scalar. log_probabilities [N, C],
/// labels int64 [N]. Throws ShapeError where they do not fit or N is 0, ValueError for a label
/// outside [0, C). On a device, which is not waited for, such a label makes the loss not a number;
/// fit and evaluate throw the ValueError where they read their sums.
Variable nll_loss(const Variable& log_probabilities, const Tensor& labels);

/// nll_loss(log_softmax(logits), labels).
Variable cross_entropy(const Variable& logits, const Tensor& labels);

}  // namespace credence

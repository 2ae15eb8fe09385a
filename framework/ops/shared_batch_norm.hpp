// Batch normalisation whose statistics are those of the rows of all processes of a group.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/group/batch_scope.hpp"
#include "framework/kernels/shapes.hpp"
#include "framework/ops/normalization.hpp"

namespace credence {

/// batch_norm in training for the rows of `scope`, with operands that fit. `shape` is that of these
/// rows. The mean and the variance of a channel, and the sums in its gradients, are taken over the
/// rows of all ranks: Σ (x − p) and Σ (x − p)² about p, the running mean, are added up in double
/// precision. With a loss on each rank whose sum over ranks is that of the whole batch, gradients
/// of x are those of the whole batch; those of weight and bias are this rank's terms of them.
/// Throws ShapeError where a channel of the whole batch has fewer than two elements.
Variable shared_batch_norm(const BatchScope& scope, const NormalizationShape& shape,
                           const Variable& x, const Variable& weight, const Variable& bias,
                           const Tensor& running_mean, const Tensor& running_variance,
                           const BatchNormalizationOptions& options);

}  // namespace credence

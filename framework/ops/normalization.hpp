// Batch normalisation and filter response normalisation as ops.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/ops/activation.hpp"

#include <optional>

namespace credence {

struct BatchNormalizationOptions {
  bool training = true;   ///< normalise by the batch's own statistics, and move the running ones
  double momentum = 0.1;  ///< the share of the batch in the running statistics, in [0, 1]
  double epsilon = 1e-5;  ///< added to the variance, positive
};

/// Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167), for each channel c:
///   y = (x − mean_c) / √(variance_c + ε) · weight_c + bias_c
/// x [N, C] or [N, C, spatial…], all others [C]. In training, mean and variance (biased, divisor M)
/// are those of the channel's M elements, the gradient passes through them, and
///   running ← (1 − momentum) · running + momentum · batch
/// with the unbiased variance (divisor M − 1), as PyTorch has it. Otherwise mean and variance are
/// the running ones. Running statistics are written in place. An undefined weight counts as 1, an
/// undefined bias as 0; without running statistics, both undefined, mean and variance are always
/// those of the batch.
/// Within a BatchScope with shared statistics, the batch is that of all ranks.
/// Throws ShapeError where the operands do not fit or a channel in training has fewer than two
/// elements, ValueError for options outside their ranges.
Variable batch_norm(const Variable& x, const Variable& weight, const Variable& bias,
                    const Tensor& running_mean, const Tensor& running_variance,
                    const BatchNormalizationOptions& options = {});

/// Layer normalisation (Ba et al. 2016, arXiv 1607.06450), as torch.nn.functional.layer_norm:
///   y = (x − mean) / √(variance + ε) · weight + bias
/// with the mean and the biased variance of each part of x over its last dimensions, whose extents
/// are `normalized`. weight and bias have that shape, or are undefined (1 and 0).
/// Throws ShapeError where the operands do not fit, ValueError for an ε that is not positive.
Variable layer_norm(const Variable& x, const Shape& normalized, const Variable& weight = {},
                    const Variable& bias = {}, double epsilon = 1e-5);

/// Group normalisation (Wu and He 2018, arXiv 1803.08494), as torch.nn.functional.group_norm: the
/// same with mean and variance over each image's channels of one group. x [N, C, spatial…], weight
/// and bias [C] or undefined. Throws ShapeError where the operands do not fit, ValueError unless
/// the groups divide the channels and ε is positive.
Variable group_norm(const Variable& x, std::int64_t groups, const Variable& weight = {},
                    const Variable& bias = {}, double epsilon = 1e-5);

struct FilterResponseNormalizationOptions {
  double epsilon = 1e-6;  ///< added to the mean square, positive
};

/// Filter response normalisation (Singh and Krishnan 2020, arXiv 1911.09737), for each channel c of
/// each image n:
///   y = x / √(mean(x²) + ε) · weight_c + bias_c
/// with the mean over the plane x[n, c]. x [N, C, spatial…], weight and bias [C]. An image does not
/// depend on the others of its batch, in training as in evaluation. With an activation the result
/// is activation(y), of which y is worked out again in the backward pass and not saved; a user's
/// own activation is an op of its own. The paper's activation, max(y, τ) with a learned τ, is left
/// out.
/// Throws ShapeError where the operands do not fit or x has no spatial dimension, ValueError for an
/// epsilon that is not positive.
Variable filter_response_norm(const Variable& x, const Variable& weight, const Variable& bias,
                              const FilterResponseNormalizationOptions& options = {},
                              const std::optional<Activation>& activation = {});

}  // namespace credence

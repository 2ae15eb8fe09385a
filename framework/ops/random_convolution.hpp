// The outputs of layers whose weights are independent normal random variables.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/core/random.hpp"
#include "framework/kernels/shapes.hpp"
#include "framework/ops/activation.hpp"

#include <optional>

namespace credence {

/// ε below, which keeps the derivative of the root finite where the input is 0.
inline constexpr double kOutputVarianceEpsilon = 1e-8;

/// The local reparametrisation trick (Kingma et al. 2015, arXiv 1506.02557, section 2.2; for
/// convolutions Shridhar et al. 2019, arXiv 1806.05978). With independent normal weights an output
/// is normal too, and is drawn itself instead of its weights:
///   m = conv(x, weight_mean) + bias,  v = conv(x², weight_variance),  y = f(m + √(v + ε) · noise)
/// with noise standard normal from `stream`, a number per output element, and f the activation, or
/// the identity. One op: x is read once for both products, and the backward pass,
///   ∂m = ∂y · f'(y),  ∂v = ∂m · noise / (2 √(v + ε)),
/// needs x, y and one number more for each output, noise / (2 √(v + ε)): neither the noise nor a
/// moment is saved. ε keeps that number finite where the input is 0; x² multiplies it there.
/// The weight's spatial extents and x's are described by `shape`; bias may be undefined.
/// Outputs of a convolution are drawn independently of each other: their marginal distributions are
/// those of weights drawn once, their correlations are not. Within a BatchScope the noise is that
/// of its rows in the whole batch. Throws ShapeError where the operands do not fit.
Variable random_convolution(const char* op, const ConvolutionShape& shape, const Variable& x,
                            const Variable& weight_mean, const Variable& weight_variance,
                            const Variable& bias, const RandomStream& stream,
                            const std::optional<Activation>& activation = {});

/// A batch that carries several posterior samples of the same images: sample s is in the rows
/// [s · images, (s + 1) · images).
struct Fold {
  std::int64_t samples = 1;
  std::int64_t images = 0;
};

/// The same for all samples of a folded batch in one pass, as a constant. x has fold.images rows,
/// where no sample has changed them yet: then the moments are computed once for all samples; or one
/// for each image and sample. Sample s has the noise of draw `stream.draw + s`, and so the outputs
/// that a pass of its own with that stream gives. Throws ShapeError where x has another number of
/// rows.
Variable folded_random_convolution(const char* op, const ConvolutionShape& shape, const Variable& x,
                                   const Variable& weight_mean, const Variable& weight_variance,
                                   const Variable& bias, const RandomStream& stream,
                                   const Fold& fold,
                                   const std::optional<Activation>& activation = {});

}  // namespace credence

// Convolution in one, two or three dimensions and, as its case without spatial dimensions, the
// fully connected layer.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/spatial.hpp"

#include <optional>

namespace credence {

struct ConvolutionOptions {
  Spatial stride = 1;
  Spatial padding = 0;  ///< zeros on both sides, unless the last two say otherwise
  Spatial dilation = 1;
  std::int64_t groups = 1;
  /// What is behind each dimension, where it is not the padding in front; PyTorch's padding="same"
  /// for an even kernel, as one case.
  std::optional<Spatial> padding_behind{};
  /// Zeros, or the image again from its other side.
  PaddingMode padding_mode = PaddingMode::constant;

  /// Whether the padding has to be added to the input first (padded_input).
  bool pads_input() const { return padding_behind || padding_mode != PaddingMode::constant; }
};

/// x with its padding around it, and the options of a convolution of that. Of equal zeros on both
/// sides, which convolutions add themselves, nothing changes. x [N, C, spatial…].
struct PaddedInput {
  Variable x;
  ConvolutionOptions options;
};
PaddedInput padded_input(const char* op, const Variable& x, const ConvolutionOptions& options);

/// The sizes of a convolution of x [N, C, spatial…] with weight [O, C / groups, spatial…].
/// Throws ShapeError or ValueError, naming `op`, where they do not fit, and ValueError for a
/// padding that padded_input has to add first.
ConvolutionShape convolution_shape(const char* op, const Shape& x, const Shape& weight,
                                   const ConvolutionOptions& options);

/// The sizes of a fully connected layer of x [N, in] with weight [out, in]. Throws ShapeError.
ConvolutionShape linear_shape(const char* op, const Shape& x, const Shape& weight);

/// The shape of what a layer with `shape` gives for an input of rank `rank`.
Shape output_shape(const ConvolutionShape& shape, int rank);

/// Throws ShapeError, naming `op`, unless the bias is undefined or has one element for each of
/// `outputs` channels and x, weight and bias share type and device.
void check_operands(const char* op, const Variable& x, const Variable& weight, const Variable& bias,
                    std::int64_t outputs);
/// The same with the outputs of a weight [outputs, …].
void check_operands(const char* op, const Variable& x, const Variable& weight,
                    const Variable& bias);

/// y[n, o] = bias[o] + Σ_c weight[o, c] ⋆ x[n, c], the cross-correlation that the field calls
/// convolution. x [N, C, 1 to 3 spatial dimensions], weight [O, C / groups, as many], bias [O] or
/// undefined. One image [C, spatial…] gives one without N. With an activation the result is
/// activation(y): a pointwise::FusedActivation is applied before y leaves the cache, and y itself
/// is not saved; another one is an op of its own.
Variable convolution(const Variable& x, const Variable& weight, const Variable& bias,
                     const ConvolutionOptions& options = {},
                     const std::optional<Activation>& activation = {});

/// y = x weightᵀ + bias. x [N, in], weight [out, in], bias [out] or undefined; the activation
/// likewise. x may have other dimensions in front, [in] or [batch…, in], which y has too.
Variable linear(const Variable& x, const Variable& weight, const Variable& bias,
                const std::optional<Activation>& activation = {});

}  // namespace credence

// Transposed convolution in one, two or three dimensions: the gradient of a convolution with
// respect to its input, as an operation of its own. Decoders and generators enlarge images with it.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/spatial.hpp"

#include <optional>

namespace credence {

/// The settings of the convolution whose gradient is taken. A stride enlarges the image, and a
/// padding makes it smaller.
struct TransposedConvolutionOptions {
  Spatial stride = 1;
  Spatial padding = 0;         ///< rows that are cut off on both sides of y
  Spatial output_padding = 0;  ///< rows that are added behind y, below the stride or the dilation
  Spatial dilation = 1;
  std::int64_t groups = 1;
};

/// y[n, o, i · stride − padding + k · dilation] += x[n, c, i] · weight[c, o, k] for all c, i and k,
/// from y = bias[o], as torch.nn.functional.conv_transpose1d to conv_transpose3d (Dumoulin and
/// Visin 2016, arXiv 1603.07285, section 4). x [N, in, 1 to 3 spatial dimensions], weight [in, out
/// / groups, as many], bias [out] or undefined, y [N, out, (x − 1) · stride − 2 · padding +
/// dilation · (kernel − 1) + output_padding + 1]. x [in, …] without a batch gives y [out, …]. The
/// activation is applied as by `convolution`.
/// Throws ShapeError or ValueError where the sizes do not fit.
Variable transposed_convolution(const Variable& x, const Variable& weight, const Variable& bias,
                                const TransposedConvolutionOptions& options = {},
                                const std::optional<Activation>& activation = {});

}  // namespace credence

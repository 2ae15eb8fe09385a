// The transposed convolution layers, as torch.nn.ConvTranspose1d to ConvTranspose3d.
#pragma once

#include "framework/nn/init.hpp"
#include "framework/nn/module.hpp"
#include "framework/ops/transposed_convolution.hpp"

namespace credence::nn {

/// The settings of a ConvTranspose, as those of torch.nn.ConvTranspose2d. A Spatial is one number
/// for all spatial dimensions or one for each.
struct ConvTransposeOptions {
  Spatial kernel;
  Spatial stride = 1;
  Spatial padding = 0;         ///< rows that are cut off on both sides of the output
  Spatial output_padding = 0;  ///< rows that are added behind the output
  Spatial dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  Initializer weight_init = init::pytorch_default();
  Initializer bias_init = init::pytorch_default();

  TransposedConvolutionOptions convolution() const {
    return {stride, padding, output_padding, dilation, groups};
  }
};

/// The shape [in, out / groups, kernel…] of a transposed convolution's weight. Throws ValueError
/// where a number of channels is not positive or the groups do not divide both.
Shape conv_transpose_weight_shape(int dimensions, std::int64_t in_channels,
                                  std::int64_t out_channels, const ConvTransposeOptions& options);

/// The transposed convolution over 1, 2 or 3 spatial dimensions (see transposed_convolution for its
/// formula): x [N, in, spatial…], y [N, out, (x − 1) · stride − 2 · padding + dilation · (kernel −
/// 1) + output_padding + 1], parameters weight [in, out / groups, kernel…] and bias [out]. The
/// initialisers get PyTorch's fan-in of such a weight, (out / groups) · kernel volume. Throws
/// ValueError as conv_transpose_weight_shape does; forward throws ShapeError for an x that does not
/// fit, and ValueError for an output_padding that is not below the stride or the dilation.
template <int Dimensions>
class ConvTranspose : public Module {
 public:
  ConvTranspose(std::int64_t in_channels, std::int64_t out_channels,
                const ConvTransposeOptions& options, const Generator& generator);
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override;
  /// Each element of the input is multiplied with (out / groups) · kernel volume weights.
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 protected:
  Variable forward_activated(const Variable& x, const Activation& activation) override;

 private:
  TransposedConvolutionOptions options_;
  Variable weight_;
  Variable bias_;
};

extern template class ConvTranspose<1>;
extern template class ConvTranspose<2>;
extern template class ConvTranspose<3>;
using ConvTranspose1d = ConvTranspose<1>;
using ConvTranspose2d = ConvTranspose<2>;
using ConvTranspose3d = ConvTranspose<3>;

}  // namespace credence::nn

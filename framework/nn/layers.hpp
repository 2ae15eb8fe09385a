// The layers with weights: fully connected and convolutional, as in PyTorch.
#pragma once

#include "framework/nn/init.hpp"
#include "framework/nn/module.hpp"
#include "framework/ops/convolution.hpp"

#include <optional>
#include <string>

namespace credence::nn {

/// Whether a Linear has a bias, and how its parameters start.
struct LinearOptions {
  bool bias = true;
  Initializer weight_init = init::pytorch_default();
  Initializer bias_init = init::pytorch_default();
};

/// The settings of a Conv, as those of torch.nn.Conv2d. A Spatial is one number for all spatial
/// dimensions or one for each.
struct ConvOptions {
  Spatial kernel;
  Spatial stride = 1;
  Spatial padding = 0;  ///< zeros on both sides
  Spatial dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  Initializer weight_init = init::pytorch_default();
  Initializer bias_init = init::pytorch_default();
  std::optional<Spatial> padding_behind{};  ///< where it is not the padding in front
  PaddingMode padding_mode = PaddingMode::constant;

  ConvolutionOptions convolution() const {
    return {stride, padding, dilation, groups, padding_behind, padding_mode};
  }
};

/// Throws ValueError, naming `layer`, where a number of channels is not positive or the groups do
/// not divide both.
void check_channels(const std::string& layer, std::int64_t in_channels, std::int64_t out_channels,
                    std::int64_t groups);
/// The shape [out, in / groups, kernel…] of a convolution's weight. Throws as
/// check_channels does.
Shape conv_weight_shape(int dimensions, std::int64_t in_channels, std::int64_t out_channels,
                        const ConvOptions& options);
/// The shape [out, in] of a fully connected layer's weight. Throws ValueError where one is not
/// positive.
Shape linear_weight_shape(std::int64_t in_features, std::int64_t out_features);

/// A new float32 parameter, filled by `initializer` with the first draw of generator.split(name).
Variable make_parameter(const Shape& shape, const Initializer& initializer, std::int64_t fan_in,
                        const Generator& generator, std::string_view name);

/// The multiply-adds of a product with a weight [out, in…] whose result has the shape `output`: the
/// fan-in for each element of the output.
std::int64_t product_multiply_adds(const Shape& weight, const Shape& output);

/// y = x Wᵀ + b: x [N, in], y [N, out], or with other dimensions in the place of N; parameters
/// weight W [out, in] and bias b [out]. Throws ValueError for sizes that are not positive; forward
/// throws ShapeError for another x.
class Linear : public Module {
 public:
  Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options,
         const Generator& generator);
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "Linear"; }
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 protected:
  Variable forward_activated(const Variable& x, const Activation& activation) override;

 private:
  Variable weight_;
  Variable bias_;
};

/// y[n, o] = b[o] + Σ_c W[o, c] ⋆ x[n, c], the cross-correlation that the field calls convolution,
/// over 1, 2 or 3 spatial dimensions. x [N, in, spatial…], y [N, out, spatial…], parameters weight
/// W [out, in / groups, kernel…] and bias b [out]. Throws ValueError as conv_weight_shape does;
/// forward throws ShapeError for an x that does not fit.
template <int Dimensions>
class Conv : public Module {
 public:
  Conv(std::int64_t in_channels, std::int64_t out_channels, const ConvOptions& options,
       const Generator& generator);
  Variable forward(const Variable& x) override;
  /// Stride, padding, dilation and groups.
  const ConvolutionOptions& options() const { return options_; }
  void visit(Visitor& visitor) override;
  std::string type_name() const override;
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 protected:
  Variable forward_activated(const Variable& x, const Activation& activation) override;

 private:
  ConvolutionOptions options_;
  Variable weight_;
  Variable bias_;
};

extern template class Conv<1>;
extern template class Conv<2>;
extern template class Conv<3>;
using Conv1d = Conv<1>;
using Conv2d = Conv<2>;
using Conv3d = Conv<3>;

}  // namespace credence::nn

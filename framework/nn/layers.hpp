// The layers with weights: fully connected and convolutional.
#pragma once

#include "framework/nn/init.hpp"
#include "framework/nn/module.hpp"
#include "framework/ops/convolution.hpp"

namespace credence::nn {

struct LinearOptions {
  bool bias = true;
  Initializer weight_init = init::pytorch_default();
  Initializer bias_init = init::pytorch_default();
};

struct ConvOptions {
  Spatial kernel;
  Spatial stride = 1;
  Spatial padding = 0;
  Spatial dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  Initializer weight_init = init::pytorch_default();
  Initializer bias_init = init::pytorch_default();

  ConvolutionOptions convolution() const { return {stride, padding, dilation, groups}; }
};

/// The shape [out, in / groups, kernel…] of a convolution's weight. Throws ValueError where the
/// channels are not positive or the groups do not divide them.
Shape conv_weight_shape(int dimensions, std::int64_t in_channels, std::int64_t out_channels,
                        const ConvOptions& options);
/// The shape [out, in]. Throws ValueError where one is not positive.
Shape linear_weight_shape(std::int64_t in_features, std::int64_t out_features);

/// A new parameter of the given shape, filled by `initializer` with the stream of that name.
Variable make_parameter(const Shape& shape, const Initializer& initializer, std::int64_t fan_in,
                        const Generator& generator, std::string_view name);

/// The multiply-adds of a product with a weight [out, in…] that gives `output`: one for each output
/// element and element of the weight that feeds it.
std::int64_t product_multiply_adds(const Shape& weight, const Shape& output);

/// y = x Wᵀ + b: x [N, in], parameters weight [out, in] and bias [out].
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

/// Convolution over 1, 2 or 3 spatial dimensions: x [N, in, spatial…], parameters
/// weight [out, in / groups, kernel…] and bias [out].
template <int Dimensions>
class Conv : public Module {
 public:
  Conv(std::int64_t in_channels, std::int64_t out_channels, const ConvOptions& options,
       const Generator& generator);
  Variable forward(const Variable& x) override;
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

// The Bayesian counterparts of framework/nn/layers.hpp: same shapes and parameter names, and
// further parameters for the weights' spread. Biases are deterministic.
#pragma once

#include "bayes/layers/weight_layer.hpp"
#include "framework/nn/layers.hpp"

namespace credence::bayes {

/// y = x Wᵀ + b with random weights: x [N, in], y [N, out], parameters weight [out, in] (the mean
/// of W), those of the posterior's spread, and bias [out]. With the default estimator y is drawn
/// from its distribution given x, which is normal, with independent elements. Throws as nn::Linear
/// and the settings of `variational` do.
class BayesianLinear : public WeightLayer {
 public:
  BayesianLinear(std::int64_t in_features, std::int64_t out_features,
                 const nn::LinearOptions& options, const Variational& variational,
                 const Generator& generator);
  std::string type_name() const override { return "BayesianLinear"; }

  Variable apply(const Variable& x, const Variable& weight, const Variable& bias,
                 const std::optional<nn::Activation>& activation) const override;
  std::optional<ConvolutionShape> convolution_shape(const Shape& x) const override;
  bool is_convolution() const override { return true; }
  std::string product_name() const override { return "BayesianLinear"; }
};

/// The same for the convolution of nn::Conv over 1, 2 or 3 spatial dimensions. With the default
/// estimator noise is independent at each output position: the marginal distributions are those of
/// one draw of the weights, the correlations between positions are not.
template <int Dimensions>
class BayesianConv : public WeightLayer {
 public:
  BayesianConv(std::int64_t in_channels, std::int64_t out_channels, const nn::ConvOptions& options,
               const Variational& variational, const Generator& generator);
  std::string type_name() const override;

  Variable apply(const Variable& x, const Variable& weight, const Variable& bias,
                 const std::optional<nn::Activation>& activation) const override;
  std::optional<ConvolutionShape> convolution_shape(const Shape& x) const override;
  bool is_convolution() const override { return true; }
  std::string product_name() const override { return "BayesianConv"; }

 private:
  ConvolutionOptions options_;
};

extern template class BayesianConv<1>;
extern template class BayesianConv<2>;
extern template class BayesianConv<3>;
using BayesianConv1d = BayesianConv<1>;
using BayesianConv2d = BayesianConv<2>;
using BayesianConv3d = BayesianConv<3>;

}  // namespace credence::bayes

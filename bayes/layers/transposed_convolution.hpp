// The Bayesian counterparts of framework/nn/transposed_convolution.hpp.
#pragma once

#include "bayes/layers/weight_layer.hpp"
#include "framework/nn/transposed_convolution.hpp"

namespace credence::bayes {

/// The transposed convolution of nn::ConvTranspose with random weights: parameters weight [in, out
/// / groups, kernel…] (the mean), those of the posterior's spread, and bias [out]. Local
/// reparametrisation draws its outputs from two transposed convolutions, of x with the mean and of
/// x² with the variance: the terms of an output have independent weights, so that their variances
/// add up. Throws as nn::ConvTranspose and the settings of `variational` do.
template <int Dimensions>
class BayesianConvTranspose : public WeightLayer {
 public:
  BayesianConvTranspose(std::int64_t in_channels, std::int64_t out_channels,
                        const nn::ConvTransposeOptions& options, const Variational& variational,
                        const Generator& generator);
  std::string type_name() const override;

  Variable apply(const Variable& x, const Variable& weight, const Variable& bias,
                 const std::optional<nn::Activation>& activation) const override;
  std::string product_name() const override { return "BayesianConvTranspose"; }

 protected:
  std::int64_t product_multiply_adds(const Shape& input, const Shape& output) const override;

 private:
  TransposedConvolutionOptions options_;
};

extern template class BayesianConvTranspose<1>;
extern template class BayesianConvTranspose<2>;
extern template class BayesianConvTranspose<3>;
using BayesianConvTranspose1d = BayesianConvTranspose<1>;
using BayesianConvTranspose2d = BayesianConvTranspose<2>;
using BayesianConvTranspose3d = BayesianConvTranspose<3>;

}  // namespace credence::bayes

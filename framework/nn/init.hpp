// Initialisers: how a layer's parameters begin. Fan-in is the number of inputs that feed one
// output, (input channels / groups) · kernel volume for a weight [out, in / groups, kernel…].
#pragma once

#include "framework/core/random.hpp"
#include "framework/core/tensor.hpp"

#include <functional>

namespace credence::nn {

/// Fills a tensor. `fan_in` is that of the layer's weight, for its bias too.
using Initializer =
    std::function<void(const Tensor& tensor, std::int64_t fan_in, const RandomStream& stream)>;

namespace init {

/// The product of a weight's extents from dimension 1 on.
std::int64_t fan_in(const Shape& weight);

/// Uniform in [-bound, bound).
Initializer uniform(double bound);
/// Normal with mean 0.
Initializer normal(double standard_deviation);
Initializer constant(double value);

/// Uniform with variance 2 / ((1 + slope²) fan_in) (He et al. 2015, arXiv 1502.01852).
Initializer kaiming_uniform(double negative_slope = 0);
/// Normal with the same variance.
Initializer kaiming_normal(double negative_slope = 0);

/// What torch.nn.Linear and torch.nn.ConvNd use: kaiming_uniform with slope √5, which is uniform in
/// ±1/√fan_in, for the weight and for the bias.
Initializer pytorch_default();

}  // namespace init
}  // namespace credence::nn

// Initialisers: the first values of a layer's parameters. Fan-in is the number of inputs that feed
// one output: (input channels / groups) · kernel volume for a weight [out, in / groups, kernel…].
#pragma once

#include "framework/core/random.hpp"
#include "framework/core/tensor.hpp"

#include <functional>

namespace credence::nn {

/// Fills a tensor with numbers from `stream`. `fan_in` is that of the layer's weight, also where
/// the tensor is the layer's bias.
using Initializer =
    std::function<void(const Tensor& tensor, std::int64_t fan_in, const RandomStream& stream)>;

namespace init {

/// The fan-in of a weight: the product of its extents from dimension 1 on.
std::int64_t fan_in(const Shape& weight);

/// Uniform in [-bound, bound).
Initializer uniform(double bound);
/// Normal with mean 0.
Initializer normal(double standard_deviation);
/// Every element is `value`.
Initializer constant(double value);

/// Uniform in ±√(3 v) with variance v = 2 / ((1 + slope²) · fan_in) (He et al. 2015, arXiv
/// 1502.01852; torch.nn.init.kaiming_uniform_).
Initializer kaiming_uniform(double negative_slope = 0);
/// Normal with mean 0 and the same variance.
Initializer kaiming_normal(double negative_slope = 0);

/// The default of torch.nn.Linear and torch.nn.ConvNd: kaiming_uniform with slope √5, which is
/// uniform in ±1/√fan_in, for the weight and for the bias.
Initializer pytorch_default();

}  // namespace init
}  // namespace credence::nn

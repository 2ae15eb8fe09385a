// The ops on the catalogue of pointwise functions (formulas/pointwise.hpp).
#pragma once

#include "framework/formulas/pointwise.hpp"

namespace credence {

class Tensor;
class Variable;

namespace pointwise {

/// Applies a function to each element, differentiably.
Variable apply(const Function& function, const Variable& x);

/// grad_x = f'(x) · grad. `saved` is y where the function's kKeepsOutput is set, else x.
Tensor backward(const Function& function, const Tensor& saved, const Tensor& grad);

}  // namespace pointwise

Variable relu(const Variable& x);
/// Throws ValueError where the slope is negative.
Variable leaky_relu(const Variable& x, double slope = 0.01);
/// Throws ValueError unless alpha is finite.
Variable elu(const Variable& x, double alpha = 1);
/// Throws ValueError unless beta is positive.
Variable softplus(const Variable& x, double beta = 1);
Variable log_sigmoid(const Variable& x);
Variable sigmoid(const Variable& x);
Variable silu(const Variable& x);
/// x Φ(x), by the distribution function itself: torch.nn.functional.gelu with its default.
Variable gelu(const Variable& x);
/// PyTorch's gelu with approximate="tanh".
Variable gelu_tanh(const Variable& x);
Variable tanh(const Variable& x);
Variable exp(const Variable& x);
Variable log(const Variable& x);
Variable log1p(const Variable& x);
Variable sqrt(const Variable& x);
Variable square(const Variable& x);
Variable abs(const Variable& x);
/// x to the power of a number (see pointwise::Power). Throws ValueError unless it is finite.
Variable pow(const Variable& x, double exponent);
Variable reciprocal(const Variable& x);
/// scale · x + shift
Variable affine(const Variable& x, double scale, double shift);
/// Throws ValueError unless low <= high.
Variable clamp(const Variable& x, double low, double high);
/// ½ (e^d − 1 − d) with d = log_variance − prior_log_variance: the Kullback-Leibler divergence of a
/// normal distribution from one with the same mean, in nats.
Variable normal_divergence(const Variable& log_variance, double prior_log_variance);
/// The Kullback-Leibler divergence of a normal distribution from the log-uniform one, by log α, in
/// nats (see pointwise::LogUniformDivergence).
Variable log_uniform_divergence(const Variable& log_alpha);

}  // namespace credence

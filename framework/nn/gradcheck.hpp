// The check of gradients by central differences for a module: those of its parameters and of its
// input.
#pragma once

#include "framework/autograd/gradcheck.hpp"
#include "framework/nn/module.hpp"

namespace credence::nn {

/// What gradcheck of a module uses by default: 24 elements of each tensor, so that a model like
/// LeNet5 takes seconds.
inline constexpr GradcheckOptions kModuleGradcheck{.elements = 24};

/// Checks the gradients of module(input), in the mode that the module is in, by all parameters that
/// require a gradient and by the input, as credence::gradcheck does: in float64 against central
/// differences, and in float32 against float64. The message names a parameter by its path, such as
/// "conv1.weight".
///
/// During the check the module has copies of its parameters and buffers in the element type of the
/// pass. Each pass starts with the buffers as they are, so that the running statistics of a batch
/// normalisation do not move, and with each generator at its first draw, so that random layers draw
/// the same noise. At the end, also by an exception, the module has its own parameters, gradients,
/// buffers and generators back, with the same bits.
///
/// The input is float32 or float64. The check computes on the module's device and does not read
/// `options.device`. Throws Error for another input, and where the module uses a parameter or a
/// buffer that its `visit` does not list, as that one is not converted.
GradcheckResult gradcheck(Module& module, const Tensor& input,
                          const GradcheckOptions& options = kModuleGradcheck);

/// The same for a function that calls the module: with several inputs, or with a loss and the KL
/// divergence of Bayesian layers behind it. `function` gets the inputs in the element type of the
/// pass.
GradcheckResult gradcheck(Module& module, const std::vector<Tensor>& inputs,
                          const VariableFunction& function,
                          const GradcheckOptions& options = kModuleGradcheck);

}  // namespace credence::nn

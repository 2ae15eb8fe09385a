// A check of gradients by central differences, for a single op or a whole model. That of a module
// with its parameters is framework/nn/gradcheck.hpp.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/core/named_tensor.hpp"

#include <functional>
#include <string>
#include <vector>

namespace credence {

/// How gradcheck compares. An error is the largest difference in a tensor relative to 1 + the
/// largest magnitude of the expected values.
struct GradcheckOptions {
  double step = 1e-5;             ///< h of the central differences (f(x + h) − f(x − h)) / 2h
  double tolerance = 1e-7;        ///< for analytic against numerical gradients, both in float64
  double float_tolerance = 2e-5;  ///< for float32 values and gradients against float64
  Device device = Device::cpu;    ///< where the function computes
  /// The most elements of each input for which differences are taken: a fixed pseudo-random choice
  /// of a larger input's. 0 for all elements.
  std::int64_t elements = 0;
};

/// The outcome: `passed`, and the largest errors found.
struct GradcheckResult {
  bool passed = true;
  double gradient_error = 0;        ///< of the analytic gradients against central differences
  double float_value_error = 0;     ///< of the float32 values
  double float_gradient_error = 0;  ///< of the float32 gradients
  std::string message;              ///< on the first failure: tensor, element and both values
  explicit operator bool() const { return passed; }
};

/// A function of several tensors.
using VariableFunction = std::function<Variable(const std::vector<Variable>&)>;

/// Checks the gradients of a function of float64 inputs. backward() of the function in float64, on
/// the reference kernels, is compared with central differences, for which the function runs twice
/// for each input element. Where they differ, the difference is taken once more with a tenth of the
/// step: the first may have crossed a kink, as those of ReLU and max pooling. Values and gradients
/// in float32, on the kernels that models use, are compared with those in float64. A fixed random
/// projection turns the output into a scalar, so that every output element takes part. Throws Error
/// where an input is not float64.
GradcheckResult gradcheck(const VariableFunction& function, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options = {});
/// The same for inputs with names, which the message gives.
GradcheckResult gradcheck(const VariableFunction& function, const std::vector<NamedTensor>& inputs,
                          const GradcheckOptions& options = {});

}  // namespace credence

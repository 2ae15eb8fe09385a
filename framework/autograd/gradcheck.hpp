#pragma once

#include "framework/autograd/variable.hpp"

#include <functional>
#include <string>
#include <vector>

namespace credence {

/// What gradcheck compares, and how closely. Errors are relative to 1 + the largest magnitude in
/// the tensor.
struct GradcheckOptions {
  double step = 1e-5;             ///< of the central differences, in double precision
  double tolerance = 1e-7;        ///< analytic against numerical gradient, both in double precision
  double float_tolerance = 2e-5;  ///< float32 values and gradients against double precision
  Device device = Device::cpu;    ///< that the function computes on
};

struct GradcheckResult {
  bool passed = true;
  double gradient_error = 0;        ///< largest error of the analytic gradients in double precision
  double float_value_error = 0;     ///< largest error of the float32 values
  double float_gradient_error = 0;  ///< largest error of the float32 gradients
  std::string message;  ///< of the first failure: the input, the element's coordinates, both values
  explicit operator bool() const { return passed; }
};

/// Checks the derivative of any function of float64 inputs. The function runs three times over: in
/// double precision on the reference kernels for its gradient, in double precision once more per
/// input element and direction for central differences, and in float32 on the kernels that models
/// use. A random projection makes the result a scalar, so that every output element takes part.
GradcheckResult gradcheck(const std::function<Variable(const std::vector<Variable>&)>& function,
                          const std::vector<Tensor>& inputs, const GradcheckOptions& options = {});

}  // namespace credence

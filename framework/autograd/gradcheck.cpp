// gradcheck: central differences (f(x + h) − f(x − h)) / 2h of a randomly projected output,
// compared with the gradients of backward().
#include "framework/autograd/gradcheck.hpp"

#include "framework/base/error.hpp"
#include "framework/core/coordinates.hpp"
#include "framework/core/random.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace credence {
namespace {

using Function = std::function<Variable(const std::vector<Variable>&)>;

struct Evaluation {
  Tensor value;
  Gradients gradients;
};

// The weights of the projection. They have random signs and magnitudes in [0.5, 1], so that none is
// near zero.
Tensor projection(const Shape& shape, DType dtype) {
  const RandomStream stream = Generator(20).split("gradcheck").next();
  std::vector<double> weights(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double uniform = stream.uniform(static_cast<std::int64_t>(i));
    weights[i] = uniform < 0.5 ? uniform - 1.0 : uniform;
  }
  return Tensor::from(shape, weights).to(dtype);
}

Tensor on_host(const Tensor& x) { return x.to(Device::cpu).to(DType::float64); }

Evaluation evaluate(const Function& function, const std::vector<Tensor>& inputs, DType dtype,
                    Device device) {
  std::vector<Variable> variables;
  for (const Tensor& input : inputs) {
    variables.emplace_back(input.to(dtype).to(device).clone(), true);
  }
  const Variable output = function(variables);
  output.backward(projection(output.shape(), dtype).to(device));
  Evaluation result{on_host(output.value()), {}};
  for (const Variable& variable : variables) {
    const Tensor& grad = variable.grad();
    result.gradients.push_back(grad.defined() ? on_host(grad)
                                              : Tensor::zeros(variable.shape(), DType::float64));
  }
  return result;
}

double projected(const Function& function, const std::vector<Tensor>& inputs, Device device) {
  const NoGrad no_grad;
  std::vector<Variable> variables;
  for (const Tensor& input : inputs) variables.emplace_back(input.to(device));
  const Tensor value = on_host(function(variables).value());
  const Tensor weights = projection(value.shape(), DType::float64);
  double sum = 0;
  for (std::int64_t i = 0; i < value.numel(); ++i) {
    sum += value.data<double>()[i] * weights.data<double>()[i];
  }
  return sum;
}

// The largest difference of two tensors relative to 1 + the largest magnitude of the expected one,
// and its element. The error is infinite where a difference is not finite.
struct Difference {
  double error = 0;
  std::int64_t element = 0;
};

Difference largest_difference(const Tensor& actual, const Tensor& expected) {
  double scale = 1;
  Difference largest;
  for (std::int64_t i = 0; i < expected.numel(); ++i) {
    const double difference = std::abs(actual.data<double>()[i] - expected.data<double>()[i]);
    if (!std::isfinite(difference)) return {INFINITY, i};
    scale = std::max(scale, 1 + std::abs(expected.data<double>()[i]));
    if (difference > largest.error) largest = {difference, i};
  }
  largest.error /= scale;
  return largest;
}

// The names that a message gives to a tensor and to the two values that it compares.
struct Names {
  std::string tensor;
  const char* actual;
  const char* expected;
};

void judge(GradcheckResult& result, const Tensor& actual, const Tensor& expected, double tolerance,
           double& worst, const Names& names) {
  const auto [error, element] = largest_difference(actual, expected);
  worst = std::max(worst, error);
  if (error <= tolerance || !result.passed) return;
  result.passed = false;
  result.message = fmt::format(
      "{} at {} is {:.9g} {}, {:.9g} {}: off by {:.3g} of 1 + the largest magnitude, allowed {:g}",
      names.tensor, coordinates(expected.shape(), element), actual.data<double>()[element],
      names.actual, expected.data<double>()[element], names.expected, error, tolerance);
}

}  // namespace

GradcheckResult gradcheck(const Function& function, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options) {
  std::vector<Tensor> points;
  for (const Tensor& input : inputs) {
    if (input.dtype() != DType::float64) {
      throw Error("[gradcheck] inputs must be float64: a difference quotient in float32 is noise");
    }
    points.push_back(input.clone());
  }
  const Evaluation exact = evaluate(function, points, DType::float64, options.device);
  const Evaluation single = evaluate(function, points, DType::float32, options.device);

  GradcheckResult result;
  judge(result, single.value, exact.value, options.float_tolerance, result.float_value_error,
        {"the value", "in float32", "in float64"});
  for (std::size_t input = 0; input < points.size(); ++input) {
    const Tensor numerical = Tensor::empty_like(points[input]);
    double* element = points[input].data<double>();
    for (std::int64_t i = 0; i < numerical.numel(); ++i, ++element) {
      const double here = *element;
      *element = here + options.step;
      const double above = projected(function, points, options.device);
      *element = here - options.step;
      const double below = projected(function, points, options.device);
      *element = here;
      numerical.data<double>()[i] = (above - below) / (2 * options.step);
    }
    const std::string gradient = "the gradient of input " + std::to_string(input);
    judge(result, exact.gradients[input], numerical, options.tolerance, result.gradient_error,
          {gradient, "from backward()", "by central differences"});
    judge(result, single.gradients[input], exact.gradients[input], options.float_tolerance,
          result.float_gradient_error, {gradient, "in float32", "in float64"});
  }
  return result;
}

}  // namespace credence

#include "framework/autograd/gradcheck.hpp"

#include "framework/core/error.hpp"
#include "framework/core/random.hpp"

#include <algorithm>
#include <cmath>

namespace credence {
namespace {

using Function = std::function<Variable(const std::vector<Variable>&)>;

struct Evaluation {
  Tensor value;
  Gradients gradients;
};

// The projection's weights: of either sign and never near zero.
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

// The largest difference, relative to 1 + the largest magnitude; infinite where either is not
// finite.
double largest_error(const Tensor& actual, const Tensor& expected) {
  double scale = 1;
  double error = 0;
  for (std::int64_t i = 0; i < expected.numel(); ++i) {
    const double difference = std::abs(actual.data<double>()[i] - expected.data<double>()[i]);
    if (!std::isfinite(difference)) return INFINITY;
    scale = std::max(scale, 1 + std::abs(expected.data<double>()[i]));
    error = std::max(error, difference);
  }
  return error / scale;
}

void judge(GradcheckResult& result, double error, double tolerance, double& worst,
           const std::string& what) {
  worst = std::max(worst, error);
  if (error <= tolerance || !result.passed) return;
  result.passed = false;
  result.message =
      what + " is off by " + std::to_string(error) + ", allowed " + std::to_string(tolerance);
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
  judge(result, largest_error(single.value, exact.value), options.float_tolerance,
        result.float_value_error, "the float32 value");
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
    const std::string name = " of input " + std::to_string(input);
    judge(result, largest_error(exact.gradients[input], numerical), options.tolerance,
          result.gradient_error, "the gradient" + name);
    judge(result, largest_error(single.gradients[input], exact.gradients[input]),
          options.float_tolerance, result.float_gradient_error, "the float32 gradient" + name);
  }
  return result;
}

}  // namespace credence

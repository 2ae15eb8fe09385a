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

Evaluation evaluate(const VariableFunction& function, const std::vector<Tensor>& inputs,
                    DType dtype, Device device) {
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

double projected(const VariableFunction& function, const std::vector<Tensor>& inputs,
                 Device device) {
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

// Of an element in the whole tensor; `elements` are those that are compared, all where it is empty.
std::string place(const Shape& shape, const std::vector<std::int64_t>& elements,
                  std::int64_t element) {
  return coordinates(shape,
                     elements.empty() ? element : elements[static_cast<std::size_t>(element)]);
}

void judge(GradcheckResult& result, const Tensor& actual, const Tensor& expected, double tolerance,
           double& worst, const Names& names, const Shape& shape,
           const std::vector<std::int64_t>& elements = {}) {
  const auto [error, element] = largest_difference(actual, expected);
  worst = std::max(worst, error);
  if (error <= tolerance || !result.passed) return;
  result.passed = false;
  result.message = fmt::format(
      "{} at {} is {:.9g} {}, {:.9g} {}: off by {:.3g} of 1 + the largest magnitude, allowed {:g}",
      names.tensor, place(shape, elements, element), actual.data<double>()[element], names.actual,
      expected.data<double>()[element], names.expected, error, tolerance);
}

// The elements of an input for which differences are taken, in ascending order: all, or `most` of
// them by a random choice that depends on their number alone.
std::vector<std::int64_t> choose_elements(std::int64_t numel, std::int64_t most) {
  const bool all = most == 0 || numel <= most;
  const RandomStream stream = Generator(21).split("gradcheck elements").next();
  std::vector<std::int64_t> chosen;
  // Selection sampling (Knuth, The Art of Computer Programming 2, section 3.4.2, algorithm S).
  for (std::int64_t i = 0; i < numel; ++i) {
    const std::int64_t wanted = most - static_cast<std::int64_t>(chosen.size());
    const double left = static_cast<double>(numel - i);
    if (all || left * stream.uniform(i) < static_cast<double>(wanted)) chosen.push_back(i);
  }
  return chosen;
}

// Central differences of the projected function by the elements of its inputs.
struct Differences {
  const VariableFunction& function;
  const std::vector<Tensor>& points;
  const GradcheckOptions& options;

  double quotient(std::size_t input, std::int64_t element, double step) const {
    double& value = points[input].data<double>()[element];
    const double here = value;
    value = here + step;
    const double above = projected(function, points, options.device);
    value = here - step;
    const double below = projected(function, points, options.device);
    value = here;
    return (above - below) / (2 * step);
  }

  // By the chosen elements. `analytic` is what they are compared with.
  Tensor quotients(std::size_t input, const std::vector<std::int64_t>& elements,
                   const Tensor& analytic) const {
    const Tensor result = Tensor::empty_like(analytic);
    double* const quotients = result.data<double>();
    double scale = 1;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      quotients[i] = quotient(input, elements[i], options.step);
      scale = std::max(scale, 1 + std::abs(quotients[i]));
    }
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const double error = std::abs(analytic.data<double>()[i] - quotients[i]);
      if (!(error > options.tolerance * scale)) continue;
      const double narrow = quotient(input, elements[i], options.step / 10);
      if (std::abs(analytic.data<double>()[i] - narrow) < error) quotients[i] = narrow;
    }
    return result;
  }
};

Tensor chosen(const Tensor& x, const std::vector<std::int64_t>& elements) {
  std::vector<double> values;
  for (const std::int64_t element : elements) values.push_back(x.data<double>()[element]);
  return Tensor::from({static_cast<std::int64_t>(values.size())}, values);
}

}  // namespace

GradcheckResult gradcheck(const VariableFunction& function, const std::vector<NamedTensor>& inputs,
                          const GradcheckOptions& options) {
  std::vector<Tensor> points;
  for (const NamedTensor& input : inputs) {
    if (input.tensor.dtype() != DType::float64) {
      throw Error("[gradcheck] inputs must be float64: a difference quotient in float32 is noise");
    }
    points.push_back(input.tensor.clone());
  }
  const Evaluation exact = evaluate(function, points, DType::float64, options.device);
  const Evaluation single = evaluate(function, points, DType::float32, options.device);

  GradcheckResult result;
  judge(result, single.value, exact.value, options.float_tolerance, result.float_value_error,
        {"the value", "in float32", "in float64"}, exact.value.shape());
  const Differences differences{function, points, options};
  for (std::size_t input = 0; input < points.size(); ++input) {
    const Tensor& gradient = exact.gradients[input];
    const std::string name = "the gradient of " + inputs[input].name;
    const std::vector<std::int64_t> elements = choose_elements(gradient.numel(), options.elements);
    const Tensor analytic = chosen(gradient, elements);
    judge(result, analytic, differences.quotients(input, elements, analytic), options.tolerance,
          result.gradient_error, {name, "from backward()", "by central differences"},
          gradient.shape(), elements);
    judge(result, single.gradients[input], gradient, options.float_tolerance,
          result.float_gradient_error, {name, "in float32", "in float64"}, gradient.shape());
  }
  return result;
}

GradcheckResult gradcheck(const VariableFunction& function, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options) {
  std::vector<NamedTensor> named;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    named.push_back({"input " + std::to_string(i), inputs[i]});
  }
  return gradcheck(function, named, options);
}

}  // namespace credence

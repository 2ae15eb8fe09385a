// Requests for functions of single elements.
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/peers/operations.hpp"

#include <limits>

namespace credence::peers {
namespace {

using Unary = Variable (*)(const Variable&);
using Binary = Variable (*)(const Variable&, const Variable&);

Operation unary(Unary f) {
  return [f](Call& c) { return f(c.variable("input")); };
}

Operation binary(Binary f) {
  return [f](Call& c) { return f(c.variable("input"), c.variable("other")); };
}

// + - * / of two tensors, or of a tensor and a number on the right.
template <class Operator>
Answer arithmetic(Call& c, Operator f, const char* left = "input", const char* right = "other") {
  if (c.has("alpha") && c.number("alpha") != 1) throw NoCounterpart("no counterpart for alpha");
  if (c.is_number(right)) return f(c.variable(left), c.number(right));
  if (c.is_number(left)) return f(c.number(left), c.variable(right));
  return f(c.variable(left), c.variable(right));
}

Variable power(Call& c, const char* base, const char* exponent) {
  if (c.is_number(exponent)) return pow(c.variable(base), c.number(exponent));
  if (c.is_number(base)) {
    const Variable b = c.variable(exponent);
    return pow(Variable(Tensor::full({}, c.number(base), b.dtype())), b);
  }
  return pow(c.variable(base), c.variable(exponent));
}

Variable clamped(Call& c) {
  const Variable x = c.variable("input");
  const double infinity = std::numeric_limits<double>::infinity();
  const auto is_number = [&c](const char* name) { return !c.has(name) || c.is_number(name); };
  if (is_number("min") && is_number("max")) {
    return clamp(x, c.number("min", -infinity), c.number("max", infinity));
  }
  // A bound that is a number, or none.
  const auto bound = [&](const char* name, double missing) {
    if (!is_number(name)) return c.variable(name);
    return Variable(Tensor::full({}, c.number(name, missing), x.dtype()));
  };
  return clamp(x, bound("min", -infinity), bound("max", infinity));
}

Variable gelu_of(Call& c) {
  const std::string form = c.text("approximate", "none");
  if (form != "none" && form != "tanh") throw ValueError("approximate must be none or tanh");
  return form == "none" ? gelu(c.variable("input")) : gelu_tanh(c.variable("input"));
}

}  // namespace

Operations elementwise_operations() {
  return {
      {"add", [](Call& c) { return arithmetic(c, std::plus<>()); }},
      {"sub", [](Call& c) { return arithmetic(c, std::minus<>()); }},
      {"mul", [](Call& c) { return arithmetic(c, std::multiplies<>()); }},
      {"div", [](Call& c) { return arithmetic(c, std::divides<>()); }},
      {"rsub", [](Call& c) { return arithmetic(c, std::minus<>(), "other", "input"); }},
      {"rdiv", [](Call& c) { return arithmetic(c, std::divides<>(), "other", "input"); }},
      {"neg", [](Call& c) { return -c.variable("input"); }},
      {"maximum", binary(larger)},
      {"minimum", binary(smaller)},
      {"logaddexp", binary(logaddexp)},
      {"pow", [](Call& c) { return power(c, "input", "exponent"); }},
      {"rpow", [](Call& c) { return power(c, "other", "input"); }},
      {"clamp", clamped},
      {"where",
       [](Call& c) {
         return where(c.tensor("condition"), c.variable("input"), c.variable("other"));
       }},
      {"relu", unary(relu)},
      {"sigmoid", unary(sigmoid)},
      {"logsigmoid", unary(log_sigmoid)},
      {"silu", unary(silu)},
      {"tanh", unary(tanh)},
      {"exp", unary(exp)},
      {"log", unary(log)},
      {"log1p", unary(log1p)},
      {"sqrt", unary(sqrt)},
      {"square", unary(square)},
      {"abs", unary(abs)},
      {"reciprocal", unary(reciprocal)},
      {"leaky_relu",
       [](Call& c) { return leaky_relu(c.variable("input"), c.number("negative_slope", 0.01)); }},
      {"elu", [](Call& c) { return elu(c.variable("input"), c.number("alpha", 1)); }},
      {"softplus", [](Call& c) { return softplus(c.variable("input"), c.number("beta", 1)); }},
      {"gelu", gelu_of},
  };
}

}  // namespace credence::peers

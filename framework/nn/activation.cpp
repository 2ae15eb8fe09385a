#include "framework/nn/activation.hpp"

#include "framework/core/error.hpp"
#include "framework/ops/pointwise.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace credence::nn {

Activation::Activation(Kind kind, double parameter) : kind_(kind), parameter_(parameter) {}

Variable Activation::operator()(const Variable& x) const {
  switch (kind_) {
    case Kind::leaky_relu:
      return credence::leaky_relu(x, parameter_);
    case Kind::elu:
      return elu(x);
    case Kind::softplus:
      return credence::softplus(x, parameter_);
    case Kind::silu:
      return silu(x);
    case Kind::tanh:
      return tanh(x);
    case Kind::sigmoid:
      return sigmoid(x);
    case Kind::relu:
      break;
  }
  return credence::relu(x);
}

Activation Activation::from_name(const std::string& name) {
  const std::size_t end = std::min(name.find_first_of(":("), name.size());
  const std::string kind = name.substr(0, end);
  double parameter = 1;
  if (end < name.size()) {
    const std::size_t begin = std::min(name.find_first_of("0123456789.", end), name.size());
    parameter = std::strtod(name.c_str() + begin, nullptr);
  }
  const auto known = [&](Kind wanted, const char* text) {
    if (kind != text) return false;
    if (end == name.size()) return wanted != Kind::leaky_relu;
    if (wanted != Kind::softplus && wanted != Kind::leaky_relu) return false;
    std::ostringstream short_form;
    short_form << kind << ':' << parameter;
    return parameter > 0 &&
           (name == short_form.str() || name == Activation(wanted, parameter).name());
  };
  for (const auto& [wanted, text] :
       {std::pair{Kind::relu, "relu"}, std::pair{Kind::leaky_relu, "leaky_relu"},
        std::pair{Kind::elu, "elu"}, std::pair{Kind::softplus, "softplus"},
        std::pair{Kind::silu, "silu"}, std::pair{Kind::tanh, "tanh"},
        std::pair{Kind::sigmoid, "sigmoid"}}) {
    if (known(wanted, text)) return Activation(wanted, parameter);
  }
  throw ValueError(
      "[activation] \"" + name +
      "\" is none of relu, leaky_relu:SLOPE, elu, softplus, softplus:BETA, silu, tanh, "
      "sigmoid");
}

std::string Activation::name() const {
  std::ostringstream text;
  switch (kind_) {
    case Kind::leaky_relu:
      text << "leaky_relu(slope = " << parameter_ << ")";
      return text.str();
    case Kind::softplus:
      if (parameter_ == 1) return "softplus";
      text << "softplus(beta = " << parameter_ << ")";
      return text.str();
    case Kind::elu:
      return "elu";
    case Kind::silu:
      return "silu";
    case Kind::tanh:
      return "tanh";
    case Kind::sigmoid:
      return "sigmoid";
    case Kind::relu:
      break;
  }
  return "relu";
}

}  // namespace credence::nn

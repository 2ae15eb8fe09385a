#include "framework/nn/activation.hpp"

#include "framework/ops/pointwise.hpp"

#include <sstream>

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

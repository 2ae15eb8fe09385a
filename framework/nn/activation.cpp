// The activations by name, and their functions in the catalogue of pointwise.hpp, which states the
// formulas.
#include "framework/nn/activation.hpp"

#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"

#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/core.h>

namespace credence::nn {
namespace {

using Kind = Activation::Kind;

struct Known {
  Kind kind;
  std::string_view name;
  std::string_view parameter{};  ///< the parameter's name; empty where there is none
};
// In the order of Kind.
constexpr std::array<Known, 7> kKnown{{{Kind::relu, "relu"},
                                       {Kind::leaky_relu, "leaky_relu", "slope"},
                                       {Kind::elu, "elu"},
                                       {Kind::softplus, "softplus", "beta"},
                                       {Kind::silu, "silu"},
                                       {Kind::tanh, "tanh"},
                                       {Kind::sigmoid, "sigmoid"}}};

// Whether the name without a parameter means one activation. Leaky ReLU has no default slope here;
// softplus has beta = 1.
constexpr bool may_stand_alone(Kind kind) { return kind != Kind::leaky_relu; }

bool suits(Kind kind, double parameter) {
  return std::isfinite(parameter) && (kind == Kind::softplus ? parameter > 0 : parameter >= 0);
}

// The number between the beginning and the end of a text; nothing unless it is a valid parameter of
// `kind`.
std::optional<double> parameter_in(std::string_view text, std::string_view begin,
                                   std::string_view end, Kind kind) {
  if (!text.starts_with(begin) || !text.ends_with(end)) return {};
  text.remove_prefix(begin.size());
  if (text.size() < end.size()) return {};
  text.remove_suffix(end.size());
  const std::optional<double> value = parse_decimal<double>(text);
  return value && suits(kind, *value) ? value : std::nullopt;
}

}  // namespace

Activation::Activation(Kind kind, double parameter) : kind_(kind), parameter_(parameter) {
  if (suits(kind, parameter)) return;
  throw ValueError("[activation] the parameter of " + name() + " must be finite and " +
                   (kind == Kind::softplus ? "positive" : "not negative"));
}

pointwise::Function Activation::function() const {
  const PointwiseParameters parameters{parameter_, 0};
  switch (kind_) {
    case Kind::leaky_relu:
      return {pointwise::kEntry<pointwise::LeakyRelu>, parameters};
    case Kind::elu:
      return {pointwise::kEntry<pointwise::Elu>, {}};
    case Kind::softplus:
      return {pointwise::kEntry<pointwise::Softplus>, parameters};
    case Kind::silu:
      return {pointwise::kEntry<pointwise::Silu>, {}};
    case Kind::tanh:
      return {pointwise::kEntry<pointwise::Tanh>, {}};
    case Kind::sigmoid:
      return {pointwise::kEntry<pointwise::Sigmoid>, {}};
    case Kind::relu:
      break;
  }
  return {pointwise::kEntry<pointwise::Relu>, {}};
}

Activation Activation::from_name(const std::string& name) {
  for (const Known& known : kKnown) {
    if (name == known.name && may_stand_alone(known.kind)) return Activation(known.kind);
    if (known.parameter.empty()) continue;
    const std::string long_begin = fmt::format("{}({} = ", known.name, known.parameter);
    auto parameter = parameter_in(name, long_begin, ")", known.kind);
    if (!parameter) parameter = parameter_in(name, fmt::format("{}:", known.name), "", known.kind);
    if (parameter) return Activation(known.kind, *parameter);
  }
  throw ValueError("[activation] \"" + name +
                   "\" is none of relu, leaky_relu:SLOPE, elu, softplus, softplus:BETA, silu, "
                   "tanh, sigmoid");
}

std::string Activation::name() const {
  const Known& known = kKnown[static_cast<std::size_t>(kind_)];
  if (known.parameter.empty() || (may_stand_alone(kind_) && parameter_ == 1)) {
    return std::string(known.name);
  }
  return fmt::format("{}({} = {})", known.name, known.parameter, parameter_);
}

}  // namespace credence::nn

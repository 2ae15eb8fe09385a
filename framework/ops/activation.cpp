// The activations that have a name, and the reading and writing of these names.
#include "framework/ops/activation.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"
#include "framework/formulas/fused_activation.hpp"
#include "framework/ops/pointwise.hpp"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/core.h>

namespace credence {
namespace {

// A function of the catalogue that has a name as an activation, and its parameter.
struct Named {
  pointwise::Entry entry;
  std::string_view parameter{};   // its name; empty where there is none
  bool positive = false;          // whether the parameter must not be 0 either
  std::optional<double> usual{};  // the parameter's usual value, which a name leaves out
};

constexpr std::array kNamed{Named{pointwise::kEntry<pointwise::Relu>},
                            Named{pointwise::kEntry<pointwise::LeakyRelu>, "slope"},
                            Named{pointwise::kEntry<pointwise::Elu>, "alpha", false, 1.0},
                            Named{pointwise::kEntry<pointwise::Softplus>, "beta", true, 1.0},
                            Named{pointwise::kEntry<pointwise::Silu>},
                            Named{pointwise::kEntry<pointwise::Tanh>},
                            Named{pointwise::kEntry<pointwise::Sigmoid>},
                            Named{pointwise::kEntry<pointwise::Gelu>},
                            Named{pointwise::kEntry<pointwise::GeluTanh>}};

const Named* find(const pointwise::Entry& entry) {
  for (const Named& named : kNamed) {
    if (named.entry.index == entry.index) return &named;
  }
  return nullptr;
}

std::string name_of(const pointwise::Function& function) {
  const Named* const named = find(function.entry);
  const double parameter = function.parameters.first;
  if (named == nullptr || named->parameter.empty() || named->usual == parameter) {
    return function.entry.name;
  }
  return fmt::format("{}({} = {})", function.entry.name, named->parameter, parameter);
}

bool suits(const Named& named, double parameter) {
  return std::isfinite(parameter) && (named.positive ? parameter > 0 : parameter >= 0);
}

Activation with_parameter(const pointwise::Entry& entry, double parameter) {
  const pointwise::Function function{entry, {parameter, 0}};
  const Named& named = *find(entry);
  if (!suits(named, parameter)) {
    throw ValueError("[activation] the parameter of " + name_of(function) + " must be finite and " +
                     (named.positive ? "positive" : "not negative"));
  }
  return function;
}

// The number between a text's beginning and its end; nothing unless it is a parameter of `named`.
std::optional<double> parameter_in(std::string_view text, std::string_view begin,
                                   std::string_view end, const Named& named) {
  if (!text.starts_with(begin) || !text.ends_with(end)) return {};
  text.remove_prefix(begin.size());
  if (text.size() < end.size()) return {};
  text.remove_suffix(end.size());
  const std::optional<double> value = parse_decimal<double>(text);
  return value && suits(named, *value) ? value : std::nullopt;
}

}  // namespace

Activation Activation::relu() {
  return pointwise::Function{pointwise::kEntry<pointwise::Relu>, {}};
}
Activation Activation::leaky_relu(double slope) {
  return with_parameter(pointwise::kEntry<pointwise::LeakyRelu>, slope);
}
Activation Activation::elu(double alpha) {
  return with_parameter(pointwise::kEntry<pointwise::Elu>, alpha);
}
Activation Activation::softplus(double beta) {
  return with_parameter(pointwise::kEntry<pointwise::Softplus>, beta);
}
Activation Activation::silu() {
  return pointwise::Function{pointwise::kEntry<pointwise::Silu>, {}};
}
Activation Activation::tanh() {
  return pointwise::Function{pointwise::kEntry<pointwise::Tanh>, {}};
}
Activation Activation::sigmoid() {
  return pointwise::Function{pointwise::kEntry<pointwise::Sigmoid>, {}};
}
Activation Activation::gelu() {
  return pointwise::Function{pointwise::kEntry<pointwise::Gelu>, {}};
}
Activation Activation::gelu_tanh() {
  return pointwise::Function{pointwise::kEntry<pointwise::GeluTanh>, {}};
}

Activation Activation::from_name(const std::string& name) {
  for (const Named& named : kNamed) {
    const bool alone = name == named.entry.name;
    if (alone && named.parameter.empty()) return pointwise::Function{named.entry, {}};
    if (alone && named.usual) return with_parameter(named.entry, *named.usual);
    if (named.parameter.empty()) continue;
    const std::string begin = fmt::format("{}({} = ", named.entry.name, named.parameter);
    auto parameter = parameter_in(name, begin, ")", named);
    if (!parameter) parameter = parameter_in(name, fmt::format("{}:", named.entry.name), "", named);
    if (parameter) return with_parameter(named.entry, *parameter);
  }
  throw ValueError("[activation] \"" + name +
                   "\" is none of relu, leaky_relu:SLOPE, elu, elu:ALPHA, softplus, softplus:BETA, "
                   "silu, tanh, sigmoid, gelu, gelu_tanh");
}

Variable Activation::operator()(const Variable& x) const {
  if (const auto* function = std::get_if<pointwise::Function>(&function_)) {
    return pointwise::apply(*function, x);
  }
  return std::get<std::shared_ptr<const Own>>(function_)->function(x);
}

std::optional<pointwise::Function> Activation::function() const {
  const auto* const function = std::get_if<pointwise::Function>(&function_);
  if (function == nullptr) return {};
  return *function;
}

std::optional<pointwise::Function> Activation::fused() const {
  if (OpObserver::active() != nullptr) return {};
  const std::optional<pointwise::Function> known = function();
  return known && pointwise::FusedActivation::has(*known) ? known : std::nullopt;
}

std::string Activation::name() const {
  if (const auto* function = std::get_if<pointwise::Function>(&function_)) {
    return name_of(*function);
  }
  const std::string& own = std::get<std::shared_ptr<const Own>>(function_)->name;
  return own.empty() ? "function" : own;
}

bool Activation::operator==(const Activation& other) const {
  if (function_.index() != other.function_.index()) return false;
  if (const auto* a = std::get_if<pointwise::Function>(&function_)) {
    const auto& b = std::get<pointwise::Function>(other.function_);
    return a->entry.index == b.entry.index && a->parameters == b.parameters;
  }
  const auto& a = std::get<std::shared_ptr<const Own>>(function_);
  const auto& b = std::get<std::shared_ptr<const Own>>(other.function_);
  return a == b || (!a->name.empty() && a->name == b->name);
}

}  // namespace credence

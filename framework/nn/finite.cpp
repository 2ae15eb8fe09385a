// The search for infinities and NaN in a model's parameters, buffers, gradients and outputs.
#include "framework/nn/finite.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/reduce.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/core.h>

namespace credence::nn {
namespace {

std::optional<std::string> not_finite_in(const std::string& name, const Tensor& tensor) {
  if (!tensor.defined() || !is_floating(tensor.dtype())) return {};
  const NoGrad no_grad;
  // A finite sum has finite terms only. A sum that is not finite may have overflowed, so the terms
  // are searched.
  if (std::isfinite(sum(Variable(tensor)).value().item())) return {};
  const std::vector<double> elements = tensor.to_vector<double>();
  const auto found =
      std::find_if(elements.begin(), elements.end(), [](double x) { return !std::isfinite(x); });
  if (found == elements.end()) return {};
  return fmt::format("\"{}\" {} has {} as element {}", name, tensor.shape().to_string(),
                     std::isnan(*found) ? "nan" : fmt::format("{}", *found),
                     found - elements.begin());
}

}  // namespace

std::optional<std::string> find_not_finite(Module& module) {
  for (const NamedParameter& p : parameters(module)) {
    if (auto found = not_finite_in(p.name, p.parameter->value())) return found;
  }
  for (const NamedBuffer& b : buffers(module)) {
    if (auto found = not_finite_in(b.name, *b.buffer)) return found;
  }
  return {};
}

std::optional<std::string> find_not_finite_gradient(Module& module) {
  const std::vector<NamedParameter> all = parameters(module);
  for (auto p = all.rbegin(); p != all.rend(); ++p) {
    if (!p->parameter->requires_grad()) continue;
    if (auto found = not_finite_in(p->name, p->parameter->grad()))
      return "the gradient of " + *found;
  }
  return {};
}

void FirstNotFiniteOutput::returned(Module& module, std::span<const Variable> inputs,
                                    std::span<const Variable> outputs) {
  const auto any = [](std::span<const Variable> variables) {
    return std::any_of(variables.begin(), variables.end(), [](const Variable& variable) {
      return variable.defined() && not_finite_in("", variable.value()).has_value();
    });
  };
  if (found_ != nullptr || !any(outputs)) return;
  found_ = &module;
  in_input_ = any(inputs);
}

std::optional<std::string> FirstNotFiniteOutput::place(Module& whole) const {
  const auto path = found_ == nullptr ? std::nullopt : path_of(*found_, whole);
  if (!path) return {};
  return fmt::format("first in the {} of \"{}\"", in_input_ ? "input" : "output", *path);
}

void require_finite(Module& module, const std::string& op) {
  if (const auto found = find_not_finite(module)) {
    throw ValueError(
        fmt::format("[{}] the model's {}: nothing can be predicted with it", op, *found));
  }
}

}  // namespace credence::nn

// The search for infinities and NaN in a model's parameters and buffers.
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
  const bool floating =
      tensor.defined() && (tensor.dtype() == DType::float32 || tensor.dtype() == DType::float64);
  if (!floating) return {};
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

void require_finite(Module& module, const std::string& op) {
  if (const auto found = find_not_finite(module)) {
    throw ValueError(
        fmt::format("[{}] the model's {}: nothing can be predicted with it", op, *found));
  }
}

}  // namespace credence::nn

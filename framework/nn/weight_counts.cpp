// Counts of zeros, tensor by tensor.
#include "framework/nn/weight_counts.hpp"

#include <algorithm>
#include <cstddef>

namespace credence::nn {
namespace {

WeightCount count(const NamedParameter& named) {
  const Tensor& weight = named.parameter->value();
  const std::vector<double> values = weight.to_vector<double>();
  WeightCount result{.name = named.name,
                     .weights = weight.numel(),
                     .zeros = std::count(values.begin(), values.end(), 0.0)};
  if (values.empty()) return result;
  result.rows = weight.shape().rank() > 0 ? weight.shape()[0] : 1;
  const auto size = static_cast<std::ptrdiff_t>(weight.numel() / result.rows);
  for (auto row = values.begin(); row != values.end(); row += size) {
    if (std::any_of(row, row + size, [](double w) { return w != 0; })) ++result.rows_left;
  }
  return result;
}

}  // namespace

std::vector<WeightCount> weight_counts(Module& model) {
  std::vector<WeightCount> counts;
  for (const NamedParameter& named : parameters(model)) {
    if (named.role == Role::weight) counts.push_back(count(named));
  }
  return counts;
}

}  // namespace credence::nn

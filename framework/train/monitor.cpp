// The rules of monitors, and the accuracy of a classification.
#include "framework/train/monitor.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <cmath>

namespace credence::train {

Monitor accuracy(const Tensor& scores, const Tensor& labels) {
  if (scores.shape().rank() != 2 || labels.shape() != Shape{scores.shape()[0]}) {
    throw ShapeError("[accuracy] scores [N, C] and labels [N] do not fit: " +
                     scores.shape().to_string() + " and " + labels.shape().to_string());
  }
  const auto count = [scores, wanted = labels.to(scores.device())](double* total) {
    visit_kernels(scores, [&](const auto& kernels) {
      kernels.add_correct(scores.shape()[0], scores.shape()[1], scores, wanted, total);
    });
  };
  return {.name = "accuracy",
          .rule = Rule::ratio,
          .display = Display::percent,
          .add_to = count,
          .if_nan = "a label is outside [0, C), with C the model's classes",
          .classes = scores.shape()[1]};
}

double MonitorSum::value() const {
  switch (rule) {
    case Rule::sum:
      return total;
    case Rule::root_mean:
      return std::sqrt(total / divisor);
    case Rule::mean:
    case Rule::ratio:
      break;
  }
  return total / divisor;
}

void MonitorSum::merge(const MonitorSum& other) {
  if (name != other.name || rule != other.rule) {
    throw ValueError("[monitor] the sums of \"" + other.name + "\" cannot be added to those of \"" +
                     name + "\"");
  }
  total += other.total;
  divisor += other.divisor;
}

double value_of(const std::vector<NamedValue>& values, std::string_view name) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const NamedValue& value) { return value.name == name; });
  if (found != values.end()) return found->value;
  std::string names;
  for (const NamedValue& value : values) names += (names.empty() ? "" : ", ") + value.name;
  throw ValueError("[report] nothing is named \"" + std::string(name) +
                   "\"; there are: " + (names.empty() ? "no values" : names));
}

std::vector<NamedValue> values_of(const std::vector<MonitorSum>& sums) {
  std::vector<NamedValue> values;
  for (const MonitorSum& sum : sums) values.push_back({sum.name, sum.value(), sum.display});
  return values;
}

}  // namespace credence::train

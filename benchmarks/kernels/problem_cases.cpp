// Problems as cases.
#include "benchmarks/kernels/case_families.hpp"
#include "benchmarks/kernels/elementwise.hpp"
#include "framework/base/error.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr std::string_view kMoments = "moments_";

bool matches(std::string_view pattern, std::string_view name) {
  if (!pattern.empty() && pattern.back() == '*') {
    return name.starts_with(pattern.substr(0, pattern.size() - 1));
  }
  return pattern == name;
}

void insert(std::vector<Pass>& passes, Pass pass) {
  if (std::find(passes.begin(), passes.end(), pass) == passes.end()) passes.push_back(pass);
}

bool contains(const std::vector<Pass>& passes, Pass pass) {
  return std::find(passes.begin(), passes.end(), pass) != passes.end();
}

// Adds the cases of each kind of problem.
struct Adder {
  std::vector<Case>& cases;
  const Passes& passes;
  Device device;
  std::string text;
  std::string label;

  void operator()(const ConvolutionShape& shape) const {
    const Layer layer{label, shape, text};
    for (const Pass pass : passes.plain) {
      if (layer.fully_connected() && shape.groups == 1) {
        add_linear(cases, device, pass, layer);
      } else {
        add_convolution(cases, device, pass, layer);
      }
    }
    for (const Pass pass : passes.moments) add_moments(cases, device, pass, layer);
  }

  void operator()(const ProductShape& shape) const { add_product(cases, device, shape, text); }

  void operator()(const PoolWindows& windows) const {
    const ArrayNames names{text, label};
    if (contains(passes.plain, Pass::forward)) add_pool_forward(cases, device, windows, names);
    if (contains(passes.plain, Pass::backward_data)) {
      add_pool_backward(cases, device, windows, names);
    }
  }

  void operator()(const PointwiseWork& work) const {
    const ArrayNames names{text, label};
    const Arrays arrays{device, work.elements};
    if (contains(passes.plain, Pass::forward)) {
      add_pointwise_forward(cases, arrays, work.function, names);
    }
    if (contains(passes.plain, Pass::backward_data)) {
      add_pointwise_backward(cases, arrays, work.function, names);
    }
  }
};

}  // namespace

Passes parse_passes(std::string_view text) {
  Passes passes{{}, {}};
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view pattern = text.substr(0, comma);
    bool known = false;
    for (const Pass pass : kPasses) {
      const std::string name = to_string(pass);
      if (matches(pattern, name)) {
        insert(passes.plain, pass);
        known = true;
      }
      if (matches(pattern, std::string(kMoments) + name)) {
        insert(passes.moments, pass);
        known = true;
      }
    }
    if (!known) {
      throw ValueError(fmt::format(
          "\"{}\" is no pass: forward, backward_data, backward_weight, moments_forward, …, "
          "moments_*",
          pattern));
    }
    if (comma == text.size()) return passes;
    text.remove_prefix(comma + 1);
  }
}

std::vector<Case> cases_of(const Problem& problem, const Passes& passes, Device device) {
  std::vector<Case> cases;
  const std::string text = text_of(problem);
  const std::string label = problem.name.empty() ? text : problem.name;
  std::visit(Adder{cases, passes, device, text, label}, problem.work);
  for (Case& item : cases) {
    item.count = problem.count;
    item.problem = fmt::format("--{} {}", kind_of(problem), text);
  }
  return cases;
}

}  // namespace credence::benchmarks

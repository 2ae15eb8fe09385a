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

// Adds the cases of each kind of problem.
struct Adder {
  std::vector<Case>& cases;
  const Passes& passes;
  Device device;
  std::string text;
  std::string label;

  // Calls add(pass) for the passes of the request that are among `known`, and says of the cases
  // that it adds which pass they are of.
  template <class Add>
  void for_passes(const std::vector<Pass>& asked, std::initializer_list<Pass> known,
                  std::string_view prefix, Add add) const {
    for (const Pass pass : asked) {
      if (std::find(known.begin(), known.end(), pass) == known.end()) continue;
      const std::size_t before = cases.size();
      add(pass);
      for (std::size_t i = before; i < cases.size(); ++i) {
        cases[i].problem = fmt::format(" --pass {}{}", prefix, to_string(pass));
      }
    }
  }

  static constexpr std::initializer_list<Pass> kAll{Pass::forward, Pass::backward_data,
                                                    Pass::backward_weight};

  void operator()(const ConvolutionShape& shape) const {
    const Layer layer{label, shape, text};
    const bool linear = layer.fully_connected() && shape.groups == 1;
    for_passes(passes.plain, kAll, "", [&](Pass pass) {
      linear ? add_linear(cases, device, pass, layer) : add_convolution(cases, device, pass, layer);
    });
    for_passes(passes.moments, kAll, kMoments,
               [&](Pass pass) { add_moments(cases, device, pass, layer); });
  }

  void operator()(const ProductShape& shape) const { add_product(cases, device, shape, text); }

  void operator()(const PoolWindows& windows) const {
    const ArrayNames names{text, label};
    for_passes(passes.plain, {Pass::forward, Pass::backward_data}, "", [&](Pass pass) {
      pass == Pass::forward ? add_pool_forward(cases, device, windows, names)
                            : add_pool_backward(cases, device, windows, names);
    });
  }

  void operator()(const PointwiseWork& work) const {
    const ArrayNames names{text, label};
    const Arrays arrays{device, work.elements};
    if (work.function == kNormalFunction) {
      for_passes(passes.plain, {Pass::forward}, "",
                 [&](Pass) { add_normal(cases, arrays, names); });
      return;
    }
    for_passes(passes.plain, {Pass::forward, Pass::backward_data}, "", [&](Pass pass) {
      pass == Pass::forward ? add_pointwise_forward(cases, arrays, work.function, names)
                            : add_pointwise_backward(cases, arrays, work.function, names);
    });
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
    item.problem = fmt::format("--{} {}{}", kind_of(problem), text, item.problem);
  }
  return cases;
}

}  // namespace credence::benchmarks

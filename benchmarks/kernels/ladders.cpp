// Ladders as lists of cases.
#include "benchmarks/kernels/ladders.hpp"

#include "benchmarks/kernels/elementwise.hpp"
#include "framework/base/error.hpp"
#include "framework/device/backend.hpp"

#include <algorithm>

#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

using Names = std::vector<const char*>;

// Fewer are no ladder: our kernel and a naive one stand in the program's own list.
constexpr std::size_t kLeastSteps = 3;

// A ladder on one device: the kind and text of its own problem, the pass that it computes, and the
// implementations that are its steps.
struct LadderList {
  const char* name;
  Device device;
  const char* kind;  // empty where the problem is the ladder's own and no other
  const char* problem;
  const char* pass;
  Names steps;
};

const std::vector<LadderList>& ladders() {
  static const std::vector<LadderList> all{
      {"product",
       Device::cpu,
       "matmul",
       "1024x1024x1024",
       "forward",
       {"naive", "reordered", "blocked", "tiled", kOurs}},
      {"convolution",
       Device::cpu,
       "conv",
       "mb2ic64oc64ih56kh5ph2",
       "forward",
       {"naive", "rows", "blocked", "tiled", kOurs}},
      {"winograd",
       Device::cpu,
       "conv",
       "mb4ic64oc64ih56kh3ph1",
       "forward",
       {"naive", "winograd_formula", "winograd_shared", "winograd_2x2", "winograd_4x4", kOurs}},
      {"moments",
       Device::cpu,
       "conv",
       "mb256ic512ih1oc512kh1",
       "moments_forward",
       {"naive", "reordered", "tiled", kComposed, kOurs}},
      {"noise",
       Device::cpu,
       "pointwise",
       "normal:524288",
       "forward",
       {"naive", "blocks", "lanes", "polynomials", kOurs}},
      {"softplus",
       Device::cpu,
       "pointwise",
       "softplus:524288",
       "forward",
       {"naive", "polynomials", "undivided", kOurs}},
      {"noise",
       Device::cuda,
       "pointwise",
       "normal:16777216",
       "forward",
       {"naive", "blocks", "shuffled", kOurs}},
      {"reduction", Device::cuda, "", "", "", {"naive", "shared", "shuffled", "packed", kOurs}},
      {"softmax", Device::cuda, "", "", "", {"naive", "shared", "shuffled", "online", kOurs}},
  };
  return all;
}

[[noreturn]] void fail_unknown(const std::string& name) {
  throw ValueError(
      fmt::format("\"{}\" is none of the ladders {}", name, fmt::join(ladder_names(), ", ")));
}

// The ladder on this device, or on the other one where it has steps there only.
const LadderList& ladder_named(const std::string& name, Device device) {
  const LadderList* found = nullptr;
  for (const LadderList& list : ladders()) {
    if (name == list.name && (found == nullptr || list.device == device)) found = &list;
  }
  if (found == nullptr) fail_unknown(name);
  return *found;
}

// Appends what the step-by-step files have beyond the cases of the problem.
struct StepAdder {
  std::vector<Case>& cases;
  const LadderList& list;
  Device device;
  std::string text;

  void operator()(const ConvolutionShape& shape) const {
    const Layer layer{text, shape, text};
    if (list.pass == std::string("forward")) {
      add_convolution_steps(cases, layer);
    } else {
      add_moments_steps(cases, layer);
    }
  }
  void operator()(const ProductShape&) const {}
  void operator()(const PoolWindows&) const {}
  void operator()(const PointwiseWork& work) const {
    const Arrays arrays{device, work.elements};
    const ArrayNames names{text, text};
    if (work.function == kNormalFunction) add_normal_steps(cases, arrays, names);
    if (work.function == "softplus") add_softplus_steps(cases, arrays, names);
  }
};

// Of these cases the steps, in their order.
void append_steps(std::vector<Case>& steps, const std::vector<Case>& cases,
                  const LadderList& list) {
  for (const char* const step : list.steps) {
    const auto found = std::find_if(cases.begin(), cases.end(),
                                    [&](const Case& item) { return item.implementation == step; });
    if (found != cases.end()) steps.push_back(*found);
  }
}

// Whether it is the ladder's own function, where problems of its kind name one.
bool has_function_of(const LadderList& list, const Problem& problem) {
  const auto* const work = std::get_if<PointwiseWork>(&problem.work);
  if (work == nullptr) return true;
  const Problem own = parse_problem(list.kind, list.problem);
  return std::get<PointwiseWork>(own.work).function == work->function;
}

void append_steps_of(std::vector<Case>& steps, const LadderList& list, const Problem& problem,
                     Device where, bool own) {
  const std::string text = text_of(problem);
  std::vector<Case> cases = cases_of(problem, parse_passes(list.pass), where);
  if (where != Device::cpu) keep_device_cases(cases);
  // On the other device the framework's kernel is all there is.
  if (where == list.device) std::visit(StepAdder{cases, list, where, text}, problem.work);
  const std::size_t before = steps.size();
  append_steps(steps, cases, list);
  const bool complete = where != list.device || steps.size() >= before + kLeastSteps;
  if (!complete || !has_function_of(list, problem)) {
    throw ValueError(fmt::format("the steps of {} do not compute {}", list.name, text));
  }
  for (std::size_t i = before; i < steps.size(); ++i) {
    steps[i].problem = fmt::format("--ladder {}", list.name);
    if (!own) steps[i].problem += fmt::format(" --{} {}", list.kind, text);
  }
}

// The steps of a ladder whose problem is its own and no other.
std::vector<Case> fixed_steps(const LadderList& list, Device where) {
  std::vector<Case> cases;
  std::vector<Case> steps;
  list.name == std::string("softmax") ? add_softmax_steps(cases, where)
                                      : add_reduction_steps(cases, where);
  append_steps(steps, cases, list);
  for (Case& item : steps) item.problem = fmt::format("--ladder {}", list.name);
  return steps;
}

std::vector<Case> steps_on(const LadderList& list, const std::vector<Problem>& problems,
                           Device where) {
  const bool fixed = list.kind == std::string();
  std::vector<Case> steps;
  for (const Problem& problem : problems) {
    if (kind_of(problem) != list.kind) {
      throw ValueError(fmt::format("the ladder {} takes {}, not --{}", list.name,
                                   fixed ? "no problem" : fmt::format("--{}", list.kind),
                                   kind_of(problem)));
    }
    append_steps_of(steps, list, problem, where, false);
  }
  if (!problems.empty()) return steps;
  if (fixed) return fixed_steps(list, where);
  append_steps_of(steps, list, parse_problem(list.kind, list.problem), where, true);
  return steps;
}

}  // namespace

std::vector<std::string> ladder_names() {
  std::vector<std::string> names;
  for (const LadderList& list : ladders()) {
    if (std::find(names.begin(), names.end(), list.name) == names.end()) {
      names.emplace_back(list.name);
    }
  }
  return names;
}

std::vector<Case> ladder_cases(const std::string& name, const std::vector<Problem>& problems,
                               Device device) {
  return steps_on(ladder_named(name, device), problems, device);
}

std::vector<Case> ladder_references(const std::string& name, const std::vector<Problem>& problems,
                                    Device device) {
  return steps_on(ladder_named(name, device), problems, Device::cpu);
}

std::string ladder_remark(const std::string& name, Device device) {
  if (ladder_named(name, device).device == device) return {};
  if (device == Device::cuda) {
    return fmt::format("the steps of {} run on the CPU: skipped, see --device", name);
  }
  const auto& cuda = device::availability();
  return cuda.usable
             ? fmt::format("the steps of {} run on a CUDA device: skipped, see --device", name)
             : fmt::format("the steps of {} run on a CUDA device: skipped: no CUDA device ({})",
                           name, cuda.description);
}

}  // namespace credence::benchmarks

// The cases of a run: the program's list or the user's, filtered.
#include "benchmarks/kernels/selection.hpp"

#include "benchmarks/common/provenance.hpp"
#include "benchmarks/kernels/ladders.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// Equal problems, of several lists or of one, are timed once; their numbers are added.
void add_problem(std::vector<Problem>& problems, const Problem& problem) {
  for (Problem& known : problems) {
    if (kind_of(known) != kind_of(problem) || text_of(known) != text_of(problem)) continue;
    known.count += problem.count;
    return;
  }
  problems.push_back(problem);
}

std::vector<Problem> requested_problems(const ProblemRequest& request,
                                        std::vector<std::string>& remarks) {
  std::vector<Problem> problems;
  for (const Problem& problem : request.problems) add_problem(problems, problem);
  for (const std::string& name : request.lists) {
    const ProblemList list = read_problems(name);
    for (const Problem& problem : list.problems) add_problem(problems, problem);
    if (list.refused.empty()) continue;
    remarks.push_back(fmt::format(
        "{}: {} of {} not supported", name, list.refused.size(),
        counted(static_cast<std::int64_t>(list.problems.size() + list.refused.size()), "problem")));
    for (const Refusal& refusal : list.refused) {
      remarks.push_back(fmt::format("{}, line {}: {}", name, refusal.line, refusal.why));
    }
  }
  return problems;
}

std::vector<Case> cases_of(const std::vector<Problem>& problems, const Passes& passes,
                           Device device) {
  std::vector<Case> cases;
  for (const Problem& problem : problems) {
    for (Case& item : cases_of(problem, passes, device)) cases.push_back(std::move(item));
  }
  if (device == Device::cuda) keep_device_cases(cases);
  return cases;
}

// Of our convolutions those stay that the forced algorithm computes.
void leave_out_other_algorithms(Selection& selection, const std::string& algorithm) {
  if (algorithm.empty()) return;
  const auto left_out = std::erase_if(selection.cases, [&](const Case& item) {
    const bool ours = item.implementation == kOurs || item.implementation == kComposed;
    return ours && !item.algorithm.empty() && item.algorithm != algorithm;
  });
  if (left_out == 0) return;
  selection.remarks.push_back(fmt::format("{} left out: not supported by {}",
                                          counted(static_cast<std::int64_t>(left_out), "case"),
                                          algorithm));
}

// Without the suffix that Google Benchmark puts after names.
std::string without_suffix(std::string name) {
  constexpr std::string_view kSuffix = "/manual_time";
  const std::size_t at = name.find(kSuffix);
  return at == std::string::npos ? name : name.erase(at, kSuffix.size());
}

}  // namespace

NameFilter::NameFilter(const std::string& text) {
  std::string expression = without_suffix(text);
  negative_ = expression.starts_with('-');
  if (negative_) expression.erase(0, 1);
  if (expression.empty()) return;
  try {
    expression_.emplace(expression, std::regex::extended);
  } catch (const std::regex_error&) {
    throw ValueError(fmt::format("\"{}\" is no regular expression", expression));
  }
}

bool NameFilter::passes(const std::string& name) const {
  return !expression_ || std::regex_search(name, *expression_) != negative_;
}

Selection select_cases(const Options& options, Device device) {
  Selection selection;
  if (!options.request.ladder.empty()) {
    const std::string& ladder = options.request.ladder;
    const std::vector<Problem> problems = requested_problems(options.request, selection.remarks);
    selection.cases = ladder_cases(ladder, problems, device);
    selection.references = ladder_references(ladder, problems, device);
    const std::string remark = ladder_remark(ladder, device);
    if (!remark.empty()) selection.remarks.push_back(remark);
  } else if (options.request.any()) {
    const std::vector<Problem> problems = requested_problems(options.request, selection.remarks);
    selection.cases = cases_of(problems, options.request.passes, device);
    selection.references = cases_of(problems, options.request.passes, Device::cpu);
  } else {
    selection.cases = all_cases(device);
    selection.references = all_cases(Device::cpu);
  }
  leave_out_other_algorithms(selection, options.measuring.algorithm);
  const NameFilter filter(options.filter);
  std::erase_if(selection.cases, [&](const Case& item) { return !filter.passes(item.name()); });
  return selection;
}

std::string command_for(const Case& item, const Options& options) {
  std::string text = "credence-kernels";
  for (const char* name : {"CREDENCE_ISA", "CREDENCE_WINOGRAD", "CREDENCE_CONVOLUTION"}) {
    const char* const value = std::getenv(name);
    if (value != nullptr) text = fmt::format("{}={} {}", name, value, text);
  }
  text += options.computing.threads > 0 ? fmt::format(" --threads {}", num_threads()) : "";
  if (!item.problem.empty()) text += " " + item.problem;
  return text + " --filter " + shell_quoted("^" + item.name() + "$");
}

}  // namespace credence::benchmarks

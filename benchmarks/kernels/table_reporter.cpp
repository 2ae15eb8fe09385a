// Rows of the table, as Google Benchmark hands over the runs.
#include "benchmarks/kernels/table_reporter.hpp"

#include "benchmarks/common/median.hpp"
#include "benchmarks/kernels/sampling.hpp"
#include "benchmarks/kernels/statistics.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr std::size_t kWidth = 11;
// How many times as fast as the row before.
constexpr const char* kStep = "step";
constexpr std::size_t kStepWidth = 7;
// Percent of the batches that others took time from; with more a row is marked.
constexpr double kMostStolen = 50;

using Run = benchmark::BenchmarkReporter::Run;

std::vector<double> values_of(const std::vector<const Run*>& runs, const std::string& counter) {
  std::vector<double> values;
  for (const Run* run : runs) {
    const auto found = run->counters.find(counter);
    if (found != run->counters.end()) values.push_back(found->second.value);
  }
  return values;
}

double median_of(const std::vector<const Run*>& runs, const std::string& counter,
                 double otherwise) {
  const std::vector<double> values = values_of(runs, counter);
  return values.empty() ? otherwise : median(values);
}

// Four digits that count, without an exponent.
std::string number(double value) {
  const int decimals = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string number_of(const std::vector<const Run*>& runs, const std::string& counter) {
  const std::vector<double> values = values_of(runs, counter);
  return values.empty() ? "" : number(median(values));
}

bool is_disturbed(const std::vector<const Run*>& runs) {
  return median_of(runs, "stolen%", 0) > kMostStolen ||
         median_of(runs, "steal%", 0) > 100 * kMostSteal ||
         median_of(runs, "clock%", 100) < 100 * kLeastClock;
}

std::string name_of(const Run& run) { return run.run_name.function_name; }

}  // namespace

TableReporter::TableReporter(const std::vector<Case>& cases, std::string share_of_peak,
                             std::vector<std::string> extra, bool steps)
    : columns_{"GF/s", std::move(share_of_peak), "GB/s", "bandwidth%", "ns/element"},
      steps_(steps) {
  columns_.insert(columns_.end(), extra.begin(), extra.end());
  for (const Case& item : cases) {
    name_width_ = std::max(name_width_, item.name().size());
    algorithm_width_ = std::max(algorithm_width_, item.algorithm.size());
    counted_ = counted_ || item.count > 1;
    cases_.emplace(item.name(), item);
  }
  // A column that no case can have is left out.
  const auto none = [&](auto has) {
    return std::none_of(cases.begin(), cases.end(),
                        [&](const Case& item) { return has(item.work); });
  };
  if (none([](const Work& work) { return work.flops > 0; })) {
    columns_.erase(columns_.begin(), columns_.begin() + 2);
  }
  if (none([](const Work& work) { return work.elements > 0; })) {
    std::erase(columns_, "ns/element");
  }
}

bool TableReporter::ReportContext(const Context& context) {
  PrintBasicContext(&GetErrorStream(), context);
  return true;
}

void TableReporter::print_header() {
  std::string line =
      fmt::format("{:<{}} {:>{}} {:>7}", "case", name_width_, "time", kWidth + 3, "error%");
  if (steps_) line += fmt::format(" {:>{}}", kStep, kStepWidth);
  for (const std::string& column : columns_) {
    line += fmt::format(" {:>{}}", column, std::max(kWidth, column.size()));
  }
  if (algorithm_width_ > 0)
    line += fmt::format("  {:<{}}", "algorithm", std::max<std::size_t>(algorithm_width_, 9));
  line += "  label";
  GetOutputStream() << line << "\n" << std::string(line.size(), '-') << "\n";
  has_header_ = true;
}

void TableReporter::print_error(const std::string& name, const std::string& message) {
  GetOutputStream() << fmt::format("{:<{}} failed: {}\n", name, name_width_, message);
  GetOutputStream().flush();
}

void TableReporter::ReportRuns(const std::vector<Run>& runs) {
  if (!has_header_) print_header();
  std::vector<const Run*> timed;
  for (const Run& run : runs) {
    if (run.error_occurred) return print_error(name_of(run), run.error_message);
    if (run.run_type == Run::RT_Iteration) timed.push_back(&run);
  }
  if (timed.empty()) return;
  std::vector<double> times;
  for (const Run* run : timed) times.push_back(run->GetAdjustedRealTime());
  const std::string name = name_of(*timed.front());
  const double microseconds = median(times);
  const double error =
      times.size() > 1 ? 100 * relative_error_of_mean(times) : median_of(timed, "error%", -1);
  std::string line = fmt::format("{:<{}} {:>{}} us{:>7}", name, name_width_, number(microseconds),
                                 kWidth, error < 0 ? "" : number(error));
  const auto known = cases_.find(name);
  if (steps_ && known != cases_.end()) {
    line += fmt::format(" {:>{}}", step_text(known->second, microseconds), kStepWidth);
  }
  for (const std::string& column : columns_) {
    line += fmt::format(" {:>{}}", number_of(timed, column), std::max(kWidth, column.size()));
  }
  if (algorithm_width_ > 0) {
    line += fmt::format("  {:<{}}", known == cases_.end() ? "" : known->second.algorithm,
                        std::max<std::size_t>(algorithm_width_, 9));
  }
  line += "  " + timed.front()->report_label;
  if (is_disturbed(timed)) {
    line += " !";
    ++marked_;
  }
  if (known != cases_.end()) add_to_sum(known->second, microseconds);
  GetOutputStream() << line << "\n";
  GetOutputStream().flush();
}

std::string TableReporter::step_text(const Case& item, double microseconds) {
  const std::string problem = item.kernel + "/" + item.shape;
  const bool first = problem != problem_before_;
  const double ratio = first ? 0 : time_before_ / microseconds;
  problem_before_ = problem;
  time_before_ = microseconds;
  return first ? "" : number(ratio);
}

void TableReporter::add_to_sum(const Case& item, double microseconds) {
  const std::string name = item.kernel + "/" + item.implementation;
  auto found = std::find_if(sums_.begin(), sums_.end(),
                            [&](const auto& entry) { return entry.first == name; });
  if (found == sums_.end()) found = sums_.insert(found, {name, {}});
  Sum& sum = found->second;
  const auto count = static_cast<double>(item.count);
  sum.microseconds += count * microseconds;
  sum.flops += count * item.work.flops;
  ++sum.problems;
  sum.calls += item.count;
}

void TableReporter::Finalize() {
  std::ostream& out = GetOutputStream();
  if (marked_ > 0) {
    out << "! in this row, or in " << marked_
        << " in all, the core was shared, stolen or throttled (stolen%, steal%, clock%)\n";
  }
  if (!counted_) return;
  out << "\nSums over the problems, each as often as its model has it:\n";
  for (const auto& [name, sum] : sums_) {
    out << fmt::format("{:<{}} {:>{}} ms {:>7} calls of {} problems", name, name_width_,
                       number(sum.microseconds / 1000), kWidth, sum.calls, sum.problems);
    if (sum.flops > 0) out << fmt::format(", {} GF/s", number(sum.flops / sum.microseconds / 1000));
    out << "\n";
  }
}

}  // namespace credence::benchmarks

// Pairs of cases, their judgement and its table.
#include "benchmarks/kernels/comparison.hpp"

#include "benchmarks/common/median.hpp"
#include "framework/base/counted.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// The probe is no more precise.
constexpr double kLeastClockDifference = 0.005;

const Measurement* find(const Measurements& run, const std::string& name) {
  for (const Measurement& m : run.all) {
    if (m.name() == name) return &m;
  }
  return nullptr;
}

// The distance between the quartiles over the median. It sees both modes of a clock that has two,
// where a median absolute deviation can be 0.
double relative_spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t quarter = values.size() / 4;
  return (values[values.size() - 1 - quarter] - values[quarter]) / median(values);
}

double spread_of(const std::vector<double>& old_values, const std::vector<double>& new_values) {
  return relative_spread(old_values) + relative_spread(new_values);
}

// The times of a case in both runs, and its margin.
Pair pair_of(const Measurement& before, const Measurement& after, double margin,
             Comparison& comparison) {
  Pair pair{before.name(), before.kernel, before.microseconds, after.microseconds, margin};
  const std::size_t n = before.microseconds.size();
  const std::size_t m = after.microseconds.size();
  if (before.at_peak.size() != n || after.at_peak.size() != m) return pair;
  if (spread_of(before.at_peak, after.at_peak) < spread_of(pair.old_times, pair.new_times)) {
    pair.old_times = before.at_peak;
    pair.new_times = after.at_peak;
    comparison.at_peak.push_back(pair.name);
  }
  const double difference = std::fabs(mean(after.probes) / mean(before.probes) - 1);
  if (difference > kLeastClockDifference && difference > spread_of(before.probes, after.probes)) {
    pair.margin += difference;
    comparison.widened.push_back(pair.name);
  }
  return pair;
}

std::string interval_text(const Interval95& interval) {
  if (!std::isfinite(interval.high)) return "too few";
  return fmt::format("{:.3f}–{:.3f}", interval.low, interval.high);
}

// The interval's dash has three bytes and one column.
std::string padded(const std::string& text, std::size_t width) {
  const auto dashes = text.find("–") == std::string::npos ? 0U : 2U;
  return std::string(width + dashes > text.size() ? width + dashes - text.size() : 0, ' ') + text;
}

std::string row(const Judgement& j, bool at_peak, std::size_t width) {
  return fmt::format("{:<{}} {} {:>11.2f} {:>11.2f} {:>7.3f} {} {:>8.2g} {:>8.2g}  {}\n", j.name,
                     width, at_peak ? 'c' : ' ', j.old_median, j.new_median, j.ratio,
                     padded(interval_text(j.interval), 13), j.p, j.adjusted_p,
                     to_string(j.verdict));
}

std::string kernel_means(const std::vector<Judgement>& judgements, std::size_t width) {
  std::vector<std::pair<std::string, std::vector<double>>> kernels;
  for (const Judgement& j : judgements) {
    const std::string name = j.kernel + "/" + j.name.substr(j.name.rfind('/') + 1);
    auto found = std::find_if(kernels.begin(), kernels.end(),
                              [&](const auto& entry) { return entry.first == name; });
    if (found == kernels.end()) found = kernels.insert(found, {name, {}});
    found->second.push_back(j.ratio);
  }
  std::string text;
  for (const auto& [name, ratios] : kernels) {
    text += fmt::format("{:<{}} {:>7.3f}  geometric mean of {}\n", name, width + 26,
                        geometric_mean(ratios),
                        counted(static_cast<std::int64_t>(ratios.size()), "case"));
  }
  return text;
}

std::string missing_text(const std::vector<std::string>& names, const char* run) {
  if (names.empty()) return "";
  return fmt::format("Only in the {} run: {}{}\n", run, names.front(),
                     names.size() == 1 ? "" : fmt::format(" and {} more", names.size() - 1));
}

std::string counts_text(const std::vector<Judgement>& judgements) {
  std::string text;
  for (const Verdict verdict :
       {Verdict::faster, Verdict::same, Verdict::slower, Verdict::undecided}) {
    const auto count = std::count_if(judgements.begin(), judgements.end(),
                                     [&](const Judgement& j) { return j.verdict == verdict; });
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(verdict));
  }
  return text;
}

}  // namespace

Comparison compare_runs(const Measurements& old_run, const Measurements& new_run, double margin) {
  Comparison comparison;
  comparison.margin = margin;
  std::vector<Pair> pairs;
  for (const Measurement& before : old_run.all) {
    const Measurement* const after = find(new_run, before.name());
    if (after == nullptr || before.microseconds.empty() || after->microseconds.empty()) {
      comparison.only_old.push_back(before.name());
      continue;
    }
    pairs.push_back(pair_of(before, *after, margin, comparison));
    const auto fewest =
        static_cast<int>(std::min(before.microseconds.size(), after->microseconds.size()));
    comparison.repetitions =
        comparison.repetitions == 0 ? fewest : std::min(comparison.repetitions, fewest);
  }
  for (const Measurement& after : new_run.all) {
    if (find(old_run, after.name()) == nullptr) comparison.only_new.push_back(after.name());
  }
  comparison.judgements = judge(pairs);
  return comparison;
}

std::string comparison_text(const Comparison& comparison) {
  const std::vector<Judgement>& judgements = comparison.judgements;
  std::size_t width = 4;
  for (const Judgement& j : judgements) width = std::max(width, j.name.size());
  std::string text =
      fmt::format("{:<{}}   {:>11} {:>11} {:>7} {:>13} {:>8} {:>8}  {}\n", "case", width, "old us",
                  "new us", "ratio", "95 %", "p", "adjusted", "verdict");
  for (const Judgement& j : judgements) {
    const auto& names = comparison.at_peak;
    text += row(j, std::find(names.begin(), names.end(), j.name) != names.end(), width);
  }
  text += "\n" + kernel_means(judgements, width) + "\n" + counts_text(judgements) + "\n";
  text += fmt::format("Margin {:g} %", 100 * comparison.margin);
  if (!comparison.widened.empty()) {
    text += fmt::format(", more for {} because the core's clock was another one",
                        counted(static_cast<std::int64_t>(comparison.widened.size()), "case"));
  }
  text +=
      fmt::format(". Times at the clock of the peak (c): {} of {}.\n", comparison.at_peak.size(),
                  counted(static_cast<std::int64_t>(judgements.size()), "case"));
  const int least = least_repetitions(judgements.size());
  if (!judgements.empty() && comparison.repetitions < least) {
    text += fmt::format(
        "With {} of a case no verdict but same and undecided is possible: {} need {} "
        "(--rounds {}).\n",
        counted(comparison.repetitions, "repetition"),
        counted(static_cast<std::int64_t>(judgements.size()), "case"), least, least);
  }
  return text + missing_text(comparison.only_old, "old") + missing_text(comparison.only_new, "new");
}

std::string medians_text(const Measurements& run) {
  std::size_t width = 4;
  for (const Measurement& m : run.all) width = std::max(width, m.name().size());
  std::string text = fmt::format("{:<{}} {:>11} {:>7}\n", "case", width, "median us", "error%");
  for (const Measurement& m : run.all) {
    if (m.microseconds.empty()) continue;
    text += fmt::format("{:<{}} {:>11.2f} {:>7.3f}\n", m.name(), width, median(m.microseconds),
                        100 * relative_error_of_mean(m.microseconds));
  }
  return text;
}

std::vector<std::string> slower_cases(const Comparison& comparison, double threshold) {
  std::vector<std::string> names;
  for (const Judgement& j : comparison.judgements) {
    if (j.verdict == Verdict::slower && j.ratio > 1 + threshold) names.push_back(j.name);
  }
  return names;
}

}  // namespace credence::benchmarks

// The verdicts on cases of two runs.
#include "benchmarks/kernels/verdict.hpp"

#include "benchmarks/common/median.hpp"

#include <algorithm>

namespace credence::benchmarks {
namespace {

constexpr double kLevel = 0.05;

std::vector<double> scaled(std::vector<double> values, double factor) {
  for (double& value : values) value *= factor;
  return values;
}

// The p-value of "the factor between the runs is beyond the margin", on the likelier of both sides.
double p_beyond(const Pair& pair) {
  const double margin = pair.margin;
  const double slower = mann_whitney(scaled(pair.old_times, 1 + margin), pair.new_times).greater;
  const double faster = mann_whitney(scaled(pair.new_times, 1 + margin), pair.old_times).greater;
  return std::min(1.0, 2 * std::min(slower, faster));
}

Verdict verdict_of(const Judgement& j, double margin) {
  if (j.adjusted_p < kLevel) return j.ratio > 1 ? Verdict::slower : Verdict::faster;
  const bool within = j.interval.low >= 1 / (1 + margin) && j.interval.high <= 1 + margin;
  return within ? Verdict::same : Verdict::undecided;
}

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::faster:
      return "faster";
    case Verdict::same:
      return "same";
    case Verdict::slower:
      return "slower";
    case Verdict::undecided:
      break;
  }
  return "undecided";
}

std::vector<Judgement> judge(const std::vector<Pair>& pairs) {
  std::vector<Judgement> all;
  std::vector<double> beyond;
  for (const Pair& pair : pairs) {
    Judgement j{.name = pair.name, .kernel = pair.kernel, .interval = {}};
    j.old_median = median(pair.old_times);
    j.new_median = median(pair.new_times);
    j.ratio = j.new_median / j.old_median;
    j.interval = ratio_interval(pair.old_times, pair.new_times);
    j.p = mann_whitney(pair.old_times, pair.new_times).two_sided();
    beyond.push_back(p_beyond(pair));
    all.push_back(std::move(j));
  }
  const std::vector<double> adjusted = holm(beyond);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].adjusted_p = adjusted[i];
    all[i].verdict = verdict_of(all[i], pairs[i].margin);
  }
  return all;
}

int least_repetitions(std::size_t cases) {
  std::size_t n = 2;
  while (static_cast<double>(cases) * least_p(n, n) >= kLevel) ++n;
  return static_cast<int>(n);
}

}  // namespace credence::benchmarks

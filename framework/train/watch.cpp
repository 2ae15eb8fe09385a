// The watched figure of a report, and the best of several.
#include "framework/train/watch.hpp"

#include "framework/base/error.hpp"

#include <cmath>
#include <optional>
#include <utility>

namespace credence::train {
namespace {

constexpr std::string_view kValidation = "validation ";
constexpr std::string_view kTest = "test ";

double score_of(const std::optional<Metrics>& metrics, std::string_view figure,
                std::string_view prefix) {
  if (!metrics) {
    throw ValueError("[watch] the report has no scores for \"" + std::string(figure) +
                     "\"; after_epoch puts them there");
  }
  return metrics->at(figure.substr(prefix.size()));
}

}  // namespace

Watch::Watch() : Watch("loss") {}

Watch::Watch(std::string figure_name, optim::Better which)
    : figure(std::move(figure_name)), better(which) {}

double figure_of(const EpochReport& report, std::string_view figure) {
  if (figure == "loss") return report.loss;
  if (figure.starts_with(kValidation)) return score_of(report.validation, figure, kValidation);
  if (figure.starts_with(kTest)) return score_of(report.test, figure, kTest);
  return report.at(figure);
}

std::size_t best_epoch(const std::vector<EpochReport>& reports, const Watch& watch) {
  std::optional<std::size_t> best;
  double best_value = 0;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const double value = figure_of(reports[i], watch.figure);
    const bool better =
        watch.better == optim::Better::smaller ? value < best_value : value > best_value;
    if (std::isnan(value) || (best && !better)) continue;
    best = i;
    best_value = value;
  }
  if (!best) throw ValueError("[watch] no epoch has a number as its \"" + watch.figure + "\"");
  return *best;
}

}  // namespace credence::train

// Draws reliability diagrams, risk-coverage and ROC curves, histograms of the entropy, and curves
// over the levels of a corruption.
#include "benchmarks/driver/prediction_figures.hpp"

#include "benchmarks/common/chart.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

using Bins = std::vector<bayes::metrics::ReliabilityBin>;

constexpr double kScorePanelWidth = 300;
constexpr double kScorePanelHeight = 220;

// Of thousands of points those that differ visibly from the one before, and the last.
std::vector<Position> thinned(const std::vector<double>& x, const std::vector<double>& y,
                              double x_step, double y_step) {
  std::vector<Position> points;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool far = points.empty() || std::abs(x[i] - points.back().x) >= x_step ||
                     std::abs(y[i] - points.back().y) >= y_step;
    if (far || i + 1 == x.size()) points.push_back({x[i], y[i]});
  }
  return points;
}

std::vector<double> edges_of(const Bins& bins) {
  std::vector<double> edges{bins.front().lower};
  for (const auto& bin : bins) edges.push_back(bin.upper);
  return edges;
}

chart::Panel reliability_panel(const std::string& heading, const Bins& bins) {
  const std::vector<double> edges = edges_of(bins);
  chart::Bars both{.name = "accuracy and confidence", .edges = edges};
  chart::Bars bold{.name = "confidence alone: too sure", .edges = edges};
  chart::Bars timid{.name = "accuracy alone: too unsure", .edges = edges};
  for (const auto& bin : bins) {
    const double lower = std::min(bin.accuracy, bin.confidence);
    both.tops.push_back(lower);
    for (chart::Bars* const bars : {&bold, &timid}) bars->bases.push_back(lower);
    bold.tops.push_back(bin.confidence);
    timid.tops.push_back(bin.accuracy);
  }
  return {.heading = fmt::format("{}, ECE {:.4f}", heading,
                                 bayes::metrics::expected_calibration_error(bins)),
          .x = {.label = "confidence", .range = std::pair(0.0, 1.0)},
          .y = {.label = "accuracy", .range = std::pair(0.0, 1.0)},
          .series = {both, bold, timid, chart::Reference{.name = "perfect calibration"}}};
}

// From below the share of one image, so that a bar shows it, to all.
chart::Axis share_axis(double images) {
  return {.label = "share of the images",
          .scale = chart::Scale::logarithmic,
          .range = std::pair(std::min(0.5 / images, 0.1), 1.0)};
}

double images_in(const Bins& bins) {
  double total = 0;
  for (const auto& bin : bins) total += static_cast<double>(bin.count);
  return total;
}

std::vector<double> shares_of(const Bins& bins) {
  const double total = images_in(bins);
  std::vector<double> shares;
  for (const auto& bin : bins) shares.push_back(static_cast<double>(bin.count) / total);
  return shares;
}

chart::Panel share_panel(const ReliabilityDiagram& model) {
  chart::Panel panel{
      .heading = model.name,
      .x = {.label = "confidence", .range = std::pair(0.0, 1.0)},
      .y = share_axis(images_in(model.before)),
      .series = {chart::Bars{
          .name = "before", .edges = edges_of(model.before), .tops = shares_of(model.before)}}};
  if (model.temperature) {
    panel.series.push_back(chart::Bars{
        .name = "after", .edges = edges_of(model.after), .tops = shares_of(model.after)});
  }
  return panel;
}

// Shares of the values in bins of equal width.
std::vector<double> histogram(const std::vector<double>& values, const std::vector<double>& edges) {
  std::vector<double> shares(edges.size() - 1);
  for (const double value : values) {
    const auto bin = static_cast<std::size_t>(
        std::max(0.0, value / edges.back() * static_cast<double>(shares.size())));
    shares[std::min(bin, shares.size() - 1)] += 1 / static_cast<double>(values.size());
  }
  return shares;
}

chart::Points over_levels(const std::string& name, const std::vector<double>& values, int first) {
  chart::Points points{.name = name, .dots = true};
  for (std::size_t i = 0; i < values.size(); ++i) {
    points.points.push_back({static_cast<double>(i) + first, values[i]});
  }
  return points;
}

}  // namespace

void draw_reliability(const std::string& title, const std::vector<ReliabilityDiagram>& models,
                      const std::filesystem::path& stem) {
  chart::Chart figure{.title = title,
                      .columns = models.size(),
                      .plot_width = kScorePanelWidth,
                      .plot_height = kScorePanelHeight};
  for (const ReliabilityDiagram& model : models) {
    figure.panels.push_back(reliability_panel(model.name, model.before));
  }
  for (const ReliabilityDiagram& model : models) {
    figure.panels.push_back(
        model.temperature ? reliability_panel(fmt::format("{}, temperature {:.3f}", model.name,
                                                          *model.temperature),
                                              model.after)
                          : reliability_panel(model.name + ", no best temperature", model.before));
  }
  for (const ReliabilityDiagram& model : models) figure.panels.push_back(share_panel(model));
  chart::draw(figure, stem);
}

void draw_risk_coverage(const std::string& title, const std::vector<NamedRiskCoverage>& models,
                        const std::filesystem::path& stem) {
  // The risk of the first few images, 0 or 1 for one, would hide the rest.
  constexpr double kFirstCoverage = 0.05;
  constexpr double kStep = 1.0 / 400;
  double highest = 0;
  chart::Panel panel{.x = {.label = "coverage: share of the images that are classified",
                           .range = std::pair(0.0, 1.0)},
                     .y = {.label = "risk: share of errors among them"}};
  for (const NamedRiskCoverage& model : models) {
    const auto first = std::find_if(model.curve.coverage.begin(), model.curve.coverage.end(),
                                    [](double coverage) { return coverage >= kFirstCoverage; }) -
                       model.curve.coverage.begin();
    const std::vector<double> coverage(model.curve.coverage.begin() + first,
                                       model.curve.coverage.end());
    const std::vector<double> risk(model.curve.risk.begin() + first, model.curve.risk.end());
    highest = std::max(highest, *std::max_element(risk.begin(), risk.end()));
    panel.series.push_back(
        chart::Points{.name = model.name, .points = thinned(coverage, risk, kStep, 1)});
  }
  panel.y.range = std::pair(0.0, highest > 0 ? 1.05 * highest : 1.0);
  chart::draw({.title = title, .panels = {panel}, .columns = 1, .plot_width = 440}, stem);
}

void draw_entropies(const std::string& title, const std::vector<Entropies>& models,
                    const std::string& own, const std::string& other, std::int64_t classes,
                    const std::filesystem::path& stem) {
  constexpr int kBins = 40;
  const double limit = std::log(static_cast<double>(classes));
  std::vector<double> edges;
  for (int i = 0; i <= kBins; ++i) edges.push_back(limit * i / kBins);
  chart::Chart figure{.title = title,
                      .columns = models.size(),
                      .plot_width = kScorePanelWidth,
                      .plot_height = kScorePanelHeight};
  for (const Entropies& model : models) {
    figure.panels.push_back(
        {.heading = model.name,
         .x = {.label = "predictive entropy (nats)", .range = std::pair(0.0, limit)},
         .y = share_axis(static_cast<double>(std::max(model.own.size(), model.other.size()))),
         .series = {
             chart::Bars{.name = own, .edges = edges, .tops = histogram(model.own, edges)},
             chart::Bars{.name = other, .edges = edges, .tops = histogram(model.other, edges)}}});
  }
  chart::draw(figure, stem);
}

void draw_roc(const std::string& title, const std::vector<RocCurves>& models,
              const std::filesystem::path& stem) {
  constexpr double kStep = 1.0 / 400;
  chart::Chart figure{.title = title,
                      .columns = models.size(),
                      .plot_width = kScorePanelWidth,
                      .plot_height = kScorePanelWidth};
  for (const RocCurves& model : models) {
    chart::Panel panel{
        .heading = model.name,
        .x = {.label = "share of own images taken for others", .range = std::pair(0.0, 1.0)},
        .y = {.label = "share of other images found", .range = std::pair(0.0, 1.0)}};
    for (const auto& [score, curve, colour] : model.curves) {
      panel.series.push_back(chart::Points{
          .name = score,
          .points = thinned(curve.false_positive_rate, curve.true_positive_rate, kStep, kStep),
          .colour = colour});
    }
    panel.series.push_back(chart::Reference{.name = "chance"});
    figure.panels.push_back(std::move(panel));
  }
  chart::draw(figure, stem);
}

void draw_shift(const std::string& title, const std::vector<ShiftCurves>& models,
                const std::string& score, const std::filesystem::path& stem) {
  const chart::Axis levels{
      .label = "level", .range = std::pair(0.0, 5.0), .ticks = {0, 1, 2, 3, 4, 5}};
  chart::Panel accuracy{
      .heading = "accuracy",
      .x = levels,
      .y = {.label = "share of the images that are right", .range = std::pair(0.0, 1.0)}};
  chart::Panel ece{.heading = "calibration", .x = levels, .y = {.label = "ECE"}};
  chart::Panel auroc{.heading = "detection by " + score,
                     .x = levels,
                     .y = {.label = "AUROC", .range = std::pair(0.0, 1.0)}};
  double highest = 0;
  for (const ShiftCurves& model : models) {
    accuracy.series.push_back(over_levels(model.name, model.accuracy, 0));
    ece.series.push_back(over_levels(model.name, model.ece, 0));
    auroc.series.push_back(over_levels(model.name, model.auroc, 1));
    highest = std::max(highest, *std::max_element(model.ece.begin(), model.ece.end()));
  }
  ece.y.range = std::pair(0.0, highest > 0 ? 1.1 * highest : 1.0);
  auroc.series.push_back(chart::Reference{.name = "chance", .y = 0.5});
  chart::draw({.title = title,
               .panels = {accuracy, ece, auroc},
               .columns = 3,
               .plot_width = 240,
               .plot_height = kScorePanelHeight},
              stem);
}

}  // namespace credence::benchmarks

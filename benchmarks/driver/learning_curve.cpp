// The panels of a learning curve.
#include "benchmarks/driver/learning_curve.hpp"

#include "benchmarks/common/chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr double kPanelWidth = 340;
constexpr double kPanelHeight = 220;

// At most about ten whole numbers from 1 to the number of epochs.
std::vector<double> epoch_ticks(std::size_t epochs) {
  std::size_t step = 1;
  for (const std::size_t factor : {1U, 2U, 5U}) {
    for (std::size_t power = 1; power <= epochs; power *= 10) {
      const std::size_t candidate = factor * power;
      if (epochs / candidate <= 10 && (epochs / step > 10 || candidate < step)) step = candidate;
    }
  }
  std::vector<double> ticks;
  if (step > 1) ticks.push_back(1);
  for (std::size_t tick = step; tick <= epochs; tick += step) {
    ticks.push_back(static_cast<double>(tick));
  }
  return ticks;
}

// Logarithmic where the numbers are positive and the largest is ten times the smallest.
chart::Scale axis_of(const std::vector<double>& numbers) {
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  for (const double number : numbers) {
    if (!std::isfinite(number)) continue;
    least = std::min(least, number);
    most = std::max(most, number);
  }
  return least > 0 && most > 10 * least ? chart::Scale::logarithmic : chart::Scale::linear;
}

// A number for each epoch, and a name for the key.
chart::Points line(const std::string& name, const std::vector<double>& numbers,
                   chart::Scale scale = chart::Scale::linear) {
  chart::Points points{.name = name, .dots = numbers.size() <= 30};
  for (std::size_t epoch = 0; epoch < numbers.size(); ++epoch) {
    const double number = numbers[epoch];
    if (!std::isfinite(number) || (scale == chart::Scale::logarithmic && number <= 0)) continue;
    points.points.push_back({static_cast<double>(epoch + 1), number});
  }
  return points;
}

void add(chart::Panel& panel, chart::Points points) {
  if (!points.points.empty()) panel.series.emplace_back(std::move(points));
}

chart::Panel panel_of(const std::string& heading, std::size_t epochs,
                      chart::Scale scale = chart::Scale::linear) {
  return {.heading = heading,
          .x = {.label = "epoch", .ticks = epoch_ticks(epochs)},
          .y = {.scale = scale}};
}

chart::Panel loss_panel(const LearningCurve& curve) {
  std::vector<double> losses;
  for (const train::EpochReport& report : curve.epochs) losses.push_back(report.loss);
  const chart::Scale scale = axis_of(losses);
  chart::Panel panel = panel_of("Loss that training minimises", losses.size(), scale);
  add(panel, line("training", losses, scale));
  return panel;
}

// A score on all sets that it was measured on.
chart::Panel score_panel(const LearningCurve& curve, const std::string& score) {
  const auto found = [&](const std::vector<train::NamedValue>& values) {
    const auto value =
        std::find_if(values.begin(), values.end(),
                     [&](const train::NamedValue& candidate) { return candidate.name == score; });
    return value != values.end() ? value->value : std::nan("");
  };
  std::vector<double> training;
  std::vector<double> validation;
  std::vector<double> test;
  for (const train::EpochReport& report : curve.epochs) {
    training.push_back(found(report.monitors));
    validation.push_back(report.validation ? found(report.validation->values) : std::nan(""));
    test.push_back(report.test ? found(report.test->values) : std::nan(""));
  }
  chart::Panel panel = panel_of(score, training.size());
  add(panel, line("training", training));
  add(panel, line("validation", validation));
  add(panel, line("test", test));
  return panel;
}

chart::Panel layer_panel(const std::string& heading, const std::vector<LayerNumbers>& epochs) {
  std::vector<double> all;
  for (const LayerNumbers& epoch : epochs) {
    for (const auto& [layer, number] : epoch) all.push_back(number);
  }
  const chart::Scale scale = axis_of(all);
  chart::Panel panel = panel_of(heading, epochs.size(), scale);
  for (std::size_t layer = 0; layer < epochs.front().size(); ++layer) {
    std::vector<double> numbers;
    for (const LayerNumbers& epoch : epochs) numbers.push_back(epoch[layer].second);
    add(panel, line(epochs.front()[layer].first, numbers, scale));
  }
  return panel;
}

}  // namespace

void draw_learning_curve(const LearningCurve& curve, const std::filesystem::path& stem) {
  if (curve.epochs.empty()) return;
  chart::Chart figure{.title = curve.title, .plot_width = kPanelWidth, .plot_height = kPanelHeight};
  if (curve.kept)
    figure.subtitle = fmt::format("the model has the weights of epoch {}", *curve.kept + 1);
  figure.panels.push_back(loss_panel(curve));
  if (curve.epochs.front().test) {
    for (const train::NamedValue& score : curve.epochs.front().test->values) {
      figure.panels.push_back(score_panel(curve, score.name));
    }
  }
  if (!curve.layers.kl.empty()) {
    figure.panels.push_back(layer_panel("KL divergence of each layer, nats", curve.layers.kl));
  }
  if (!curve.layers.log_alpha.empty()) {
    figure.panels.push_back(layer_panel("Mean log α of each layer", curve.layers.log_alpha));
  }
  std::erase_if(figure.panels, [](const chart::Panel& panel) { return panel.series.empty(); });
  if (!figure.panels.empty()) chart::draw(figure, stem);
}

}  // namespace credence::benchmarks

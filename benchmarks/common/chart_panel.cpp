// The axes of a chart's panel: their ends, ticks and numbers.
#include "benchmarks/common/chart_panel.hpp"

#include "benchmarks/common/tick_text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace credence::benchmarks::chart {
namespace {

// What is free on both sides of ticks that the caller gives, as a share of the axis.
constexpr double kRoom = 0.04;

// 1, 2 and 5 times powers of ten; powers alone where that would be too many.
std::vector<double> round_log_values(double low, double high) {
  constexpr int kMost = 9;
  constexpr double kSlack = 1e-9;
  const std::vector<double> all = log_ticks(low * (1 - kSlack), high * (1 + kSlack));
  if (static_cast<int>(all.size()) <= kMost) return all;
  const int first = static_cast<int>(std::ceil(std::log10(low) - kSlack));
  const int last = static_cast<int>(std::floor(std::log10(high) + kSlack));
  const int step = (last - first + kMost) / kMost;
  std::vector<double> powers;
  for (int power = first; power <= last; power += step) powers.push_back(std::pow(10.0, power));
  return powers;
}

// The nearest of 1, 2 and 5 times powers of ten that are at most, or at least, a value.
Extent rounded_outwards(const Extent& values) {
  const std::vector<double> below = log_ticks(values.low / 10, values.low * (1 + 1e-9));
  const std::vector<double> above = log_ticks(values.high * (1 - 1e-9), values.high * 10);
  if (below.back() < above.front()) return {below.back(), above.front()};
  return {below[below.size() - 2], above[1]};
}

Scaling logarithmic(const Axis& axis, const Extent& values) {
  const double room = std::pow(values.high / values.low, kRoom);
  const Extent ends = axis.range           ? Extent{axis.range->first, axis.range->second}
                      : axis.ticks.empty() ? rounded_outwards(values)
                                           : Extent{values.low / room, values.high * room};
  Scaling result{Scale::logarithmic, ends.low, ends.high, {}};
  for (const double value :
       axis.ticks.empty() ? round_log_values(ends.low, ends.high) : axis.ticks) {
    result.ticks.push_back({value, log_tick_text(value)});
  }
  return result;
}

Scaling linear(const Axis& axis, Extent values) {
  if (axis.range) {
    values = {axis.range->first, axis.range->second};
  } else if (values.low == values.high) {
    const double around = values.low == 0 ? 1 : std::abs(values.low) / 2;
    values = {values.low - around, values.high + around};
  }
  const double step = nice_step(values.high - values.low);
  if (!axis.range && axis.ticks.empty()) {
    values = {step * std::floor(values.low / step + 1e-6),
              step * std::ceil(values.high / step - 1e-6)};
  } else if (!axis.range) {
    const double room = kRoom * (values.high - values.low);
    values = {values.low - room, values.high + room};
  }
  Scaling result{Scale::linear, values.low, values.high, {}};
  for (const double value : axis.ticks) result.ticks.push_back({value, fmt::format("{:g}", value)});
  if (!axis.ticks.empty()) return result;
  for (const double value : linear_ticks(values.low, values.high, step)) {
    result.ticks.push_back({value, linear_tick_text(value, step)});
  }
  return result;
}

std::variant<LinearAxis, LogAxis> placed(const Scaling& scaling, double from, double to) {
  if (scaling.scale == Scale::linear) return LinearAxis{from, to, scaling.low, scaling.high};
  return LogAxis{from, to, scaling.low, scaling.high};
}

double place(const std::variant<LinearAxis, LogAxis>& axis, double value) {
  return std::visit([&](const auto& a) { return a.at(value); }, axis);
}

bool inside(const Scaling& scaling, double value) {
  const double slack = 1e-9 * (std::abs(scaling.low) + std::abs(scaling.high));
  return value >= scaling.low - slack && value <= scaling.high + slack;
}

}  // namespace

Scaling scaling_of(const Axis& axis, const Extent& values) {
  Extent all = values;
  for (const double tick : axis.ticks) {
    all = {std::min(all.low, tick), std::max(all.high, tick)};
  }
  return axis.scale == Scale::linear ? linear(axis, all) : logarithmic(axis, all);
}

Plot::Plot(const Scaling& x_scaling, const Scaling& y_scaling, double left_end, double upper_end,
           double plot_width, double plot_height)
    : left(left_end),
      top(upper_end),
      width(plot_width),
      height(plot_height),
      x(x_scaling),
      y(y_scaling),
      x_axis_(placed(x, left, left + width)),
      y_axis_(placed(y, top + height, top)) {}

Position Plot::at(double x_value, double y_value) const {
  return {place(x_axis_, x_value), place(y_axis_, y_value)};
}

bool Plot::contains(double x_value, double y_value) const {
  return inside(x, x_value) && inside(y, y_value);
}

void draw_axes(const Canvas& canvas, const Plot& plot, const std::string& x_label) {
  const double right = plot.left + plot.width;
  const double bottom = plot.top + plot.height;
  for (const Tick& tick : plot.y.ticks) {
    if (!inside(plot.y, tick.value)) continue;
    const double at = plot.at(plot.x.low, tick.value).y;
    canvas.line({{plot.left, at}, {right, at}}, 0.4, kLightGrey);
    canvas.text(plot.left - 5, at + 3, kTextSize, tick.text, Align::right);
  }
  double free_from = 0;
  for (const Tick& tick : plot.x.ticks) {
    if (!inside(plot.x, tick.value)) continue;
    const double at = plot.at(tick.value, plot.y.low).x;
    canvas.line({{at, plot.top}, {at, bottom}}, 0.4, kLightGrey);
    const double half = canvas.text_width(kTextSize, tick.text) / 2;
    if (at - half < free_from) continue;
    canvas.text(at, bottom + 13, kTextSize, tick.text, Align::centre);
    free_from = at + half + 4;
  }
  canvas.line({{plot.left, plot.top}, {plot.left, bottom}, {right, bottom}}, 0.7, kBlack);
  canvas.text(plot.left + plot.width / 2, bottom + 28, kTextSize, x_label, Align::centre);
}

}  // namespace credence::benchmarks::chart

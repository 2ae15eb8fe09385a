// The figure of cost curves: time against size on logarithmic axes.
#include "benchmarks/steps/cost_figure.hpp"

#include "benchmarks/common/canvas.hpp"
#include "benchmarks/common/key.hpp"
#include "benchmarks/common/log_axis.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr double kMargin = 22;
constexpr double kTitleSize = 14;
constexpr double kHeadingSize = 11;
constexpr double kTextSize = 9;
constexpr double kLabelSize = 7.5;
constexpr double kPlotWidth = 430;
constexpr double kPlotHeight = 290;
constexpr double kLeftOfPlot = 44;
constexpr double kPanelGap = 26;
constexpr double kHead = kMargin + kTitleSize + 52;  // title, device and headings
constexpr double kFoot = 74;                         // sizes, what they are, the key

struct Plot {
  double left;
  double top;
  LogAxis x;
  LogAxis y;

  double right() const { return left + kPlotWidth; }
  double bottom() const { return top + kPlotHeight; }
  Position at(double size, double milliseconds) const { return {x.at(size), y.at(milliseconds)}; }
  Position at(const CostPoint& p) const { return at(static_cast<double>(p.size), p.milliseconds); }
};

// Leaves room around the points for the labels, which stand left of them, above or below.
Plot plot_of(const CostCurve& curve, double left, double top) {
  double low = curve.points.front().milliseconds;
  double high = low;
  for (const CostPoint& p : curve.points) {
    low = std::min(low, p.milliseconds);
    high = std::max(high, p.milliseconds);
  }
  // Less than this would make noise look like growth.
  const double spread = std::max(1.0, std::sqrt(10 * low / high));
  return {left,
          top,
          {left + 32, left + kPlotWidth - 14, static_cast<double>(curve.points.front().size),
           static_cast<double>(curve.points.back().size)},
          {top + kPlotHeight - 28, top + 22, low / spread, high * spread}};
}

void draw_axes(const Canvas& canvas, const Plot& plot, const CostCurve& curve) {
  for (const double value : log_ticks(plot.y.value_at(plot.bottom()), plot.y.value_at(plot.top))) {
    const double y = plot.y.at(value);
    canvas.line({{plot.left, y}, {plot.right(), y}}, 0.4, kLightGrey);
    canvas.text(plot.left - 5, y + 3, kTextSize, fmt::format("{:g}", value), Align::right);
  }
  double free_from = plot.left - kTextSize;
  for (const CostPoint& p : curve.points) {
    const double x = plot.at(p).x;
    canvas.line({{x, plot.top}, {x, plot.bottom()}}, 0.4, kLightGrey);
    const std::string size = std::to_string(p.size);
    const double half = canvas.text_width(kTextSize, size) / 2;
    if (x - half < free_from) continue;
    canvas.text(x, plot.bottom() + 12, kTextSize, size, Align::centre);
    free_from = x + half + 4;
  }
  canvas.line({{plot.left, plot.top}, {plot.left, plot.bottom()}, {plot.right(), plot.bottom()}},
              0.7, kBlack);
  canvas.text(plot.left + kPlotWidth / 2, plot.bottom() + 27, kTextSize, curve.size, Align::centre);
}

// Time in proportion to the size, at the least time for each that any point has.
void draw_proportional(const Canvas& canvas, const Plot& plot, const CostCurve& curve) {
  double each = curve.points.front().milliseconds_each();
  for (const CostPoint& p : curve.points) each = std::min(each, p.milliseconds_each());
  const double lowest = plot.y.value_at(plot.bottom());
  const double from = std::max(plot.x.low, lowest / each);
  canvas.line({plot.at(from, from * each), plot.at(plot.x.high, plot.x.high * each)}, 1.2, kGrey);
}

// Three digits: a label is a hint, the table is exact.
std::string label(double milliseconds) {
  const int decimals = milliseconds < 1 ? 3 : milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0;
  return fmt::format("{:.{}f}", milliseconds, decimals);
}

void draw_points(const Canvas& canvas, const Plot& plot, const CostCurve& curve) {
  std::vector<Position> line;
  for (const CostPoint& p : curve.points) line.push_back(plot.at(p));
  canvas.line(line, 1.8, kBlue);
  const std::vector<std::size_t> steep = cliffs(curve);
  double free_from = plot.left;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool cliff = std::find(steep.begin(), steep.end(), i) != steep.end();
    canvas.disc(line[i], kDotRadius, cliff ? kRed : kBlue);
    const std::string text = label(curve.points[i].milliseconds);
    const double right = line[i].x + 1;
    if (right - canvas.text_width(kLabelSize, text) < free_from) continue;
    // Beneath the point where the line comes down to it.
    const bool falls = i > 0 && line[i].y > line[i - 1].y;
    canvas.text(right, line[i].y + (falls ? 13 : -6), kLabelSize, text, Align::right,
                cliff ? kRed : kBlack);
    free_from = right + 3;
  }
}

// What the lines and dots mean.
std::vector<KeyEntry> key() {
  return {{.text = "median", .colour = kBlue, .line = 1.8, .dot = Dot::disc},
          {.text = "in proportion to the work", .colour = kGrey, .line = 1.2},
          {.text = fmt::format("cliff: over {} times as long for twice the work", kCliff),
           .colour = kRed,
           .dot = Dot::disc}};
}

}  // namespace

void draw_cost(const CostCurves& curves, const std::filesystem::path& stem) {
  for (const CostCurve& curve : curves.curves) {
    if (curve.points.empty()) throw ValueError("[draw_cost] \"" + curve.work + "\" has no points");
  }
  constexpr double kPanel = kLeftOfPlot + kPlotWidth;
  const auto panels = static_cast<double>(curves.curves.size());
  const double width = 2 * kMargin + panels * kPanel + (panels - 1) * kPanelGap;
  const double height = kHead + kPlotHeight + kFoot;
  write_figure(stem, width, height, [&](const Canvas& canvas) {
    const double title = kMargin + kTitleSize;
    canvas.text(kMargin, title, kTitleSize, curves.name() + ": time against the size of the work");
    canvas.text(kMargin, title + 16, kTextSize, curves.description);
    double left = kMargin + kLeftOfPlot;
    for (const CostCurve& curve : curves.curves) {
      const Plot plot = plot_of(curve, left, kHead);
      canvas.text(left, kHead - 8, kHeadingSize, curve.work + ", ms");
      draw_axes(canvas, plot, curve);
      draw_proportional(canvas, plot, curve);
      draw_points(canvas, plot, curve);
      left += kPanel + kPanelGap;
    }
    draw_key(canvas, {kMargin, height - kMargin + 4}, width - 2 * kMargin, key());
  });
}

}  // namespace credence::benchmarks

// The roofline figure: operations per second against operations per byte, a panel for each kernel.
#include "benchmarks/kernels/roofline.hpp"

#include "benchmarks/common/log_axis.hpp"
#include "benchmarks/kernels/column_numbers.hpp"
#include "benchmarks/kernels/label_layout.hpp"
#include "benchmarks/kernels/labels.hpp"
#include "benchmarks/kernels/marks.hpp"
#include "benchmarks/kernels/panels.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr double kMargin = 22;
constexpr double kTitleSize = 14;
constexpr double kTextSize = 8;
constexpr double kLabelSize = 7;
constexpr double kPanelWidth = 470;
constexpr double kPanelHeight = 310;  // without the key
constexpr double kLeftOfPlot = 34;
constexpr double kAbovePlot = 22;
constexpr double kBelowPlot = 34;
constexpr double kAboveLegend = 30;
constexpr double kLegendLine = 15;
constexpr double kAboveNotes = 6;
constexpr double kNoteLine = 12;

// The height of the longest key.
double keys_height(const std::vector<Panel>& panels) {
  double height = 0;
  for (const Panel& panel : panels) height = std::max(height, key_height(panel.columns.size()));
  return height;
}

std::vector<double> places_of_columns(const Panel& panel, const LogAxis& x) {
  std::vector<double> places;
  for (const Column& column : panel.columns) places.push_back(x.at(column.intensity()));
  return places;
}

// The plot of a panel on the page, both axes logarithmic.
struct Plot {
  Box box;
  LogAxis x;
  LogAxis y;

  Position at(double across, double up) const { return {x.at(across), y.at(up)}; }
  Position at(const Measurement& m) const { return at(m.intensity(), m.gflops); }
};

Plot plot_of(const Panel& panel, const Measurements& measurements, const Box& box) {
  // The bend of the memory's roof is always in sight.
  const double bend = measurements.peak_gflops / measurements.memory_bandwidth;
  const double peak = measurements.peak_gflops;
  Plot plot{box, {box.left, box.right(), bend, bend}, {box.bottom(), box.top, peak, peak}};
  for (const Column& column : panel.columns) {
    plot.x.low = std::min(plot.x.low, column.intensity());
    plot.x.high = std::max(plot.x.high, column.intensity());
    for (const Measurement& m : column.points) {
      plot.y.low = std::min(plot.y.low, m.gflops);
      plot.y.high = std::max(plot.y.high, m.gflops);
    }
  }
  plot.x.low /= 1.7;
  plot.x.high *= 1.5;
  plot.y.low /= 2;
  plot.y.high *= 2.2;
  return plot;
}

void draw_axes(const Canvas& canvas, const Plot& plot, const RateUnit& unit) {
  for (const double value : log_ticks(plot.x.low, plot.x.high)) {
    const double x = plot.x.at(value);
    canvas.line({{x, plot.box.top}, {x, plot.box.bottom()}}, 0.4, kLightGrey);
    canvas.text(x, plot.box.bottom() + 10, kTextSize, fmt::format("{:g}", value), Align::centre);
  }
  for (const double value : log_ticks(plot.y.low / unit.gflops, plot.y.high / unit.gflops)) {
    const double y = plot.y.at(value * unit.gflops);
    canvas.line({{plot.box.left, y}, {plot.box.right(), y}}, 0.4, kLightGrey);
    canvas.text(plot.box.left - 4, y + 3, kTextSize, fmt::format("{:g}", value), Align::right);
  }
  canvas.line({{plot.box.left, plot.box.top},
               {plot.box.left, plot.box.bottom()},
               {plot.box.right(), plot.box.bottom()}},
              0.7, kBlack);
  canvas.text(plot.box.right(), plot.box.bottom() + 21, kTextSize, "operations per byte",
              Align::right);
}

struct Ceiling {
  std::string text;
  double bandwidth;
};

// Boxes along a straight line, which labels are to stay clear of.
void add_line(std::vector<Box>& obstacles, Position from, Position to) {
  constexpr int kPieces = 60;
  for (int i = 0; i <= kPieces; ++i) {
    const double part = static_cast<double>(i) / kPieces;
    obstacles.push_back(
        {from.x + part * (to.x - from.x) - 1, from.y + part * (to.y - from.y) - 1, 2, 2});
  }
}

// The labels of the ceilings of a plot, and what they must not cover.
struct Labels {
  std::vector<std::string> texts;
  std::vector<LabelRequest> requests;
  std::vector<Box> obstacles;

  void add(const std::string& text, double x, double top, double bottom) {
    texts.push_back(text);
    requests.push_back({x, top, bottom, text_width(kLabelSize, text), kLabelSize});
  }
};

void draw_labels(const Canvas& canvas, const Plot& plot, const Labels& labels) {
  constexpr Colour kLeader{0.35, 0.35, 0.35};
  constexpr double kDot = 1.2;
  constexpr double kNear = 5;  // so near that the eye needs no line
  const std::vector<PlacedLabel> placed = place_labels(plot.box, labels.requests, labels.obstacles);
  std::string left_over;  // labels without a place in the plot
  for (std::size_t i = 0; i < placed.size(); ++i) {
    if (!placed[i].found) {
      left_over += (left_over.empty() ? "" : "; ") + labels.texts[i];
      continue;
    }
    const Position anchor = placed[i].anchor;
    const Position end = placed[i].on_box;
    if (std::hypot(anchor.x - end.x, anchor.y - end.y) > kNear) {
      canvas.line({anchor, end}, 0.5, kLeader);
      canvas.rectangle(anchor.x - kDot, anchor.y - kDot, 2 * kDot, 2 * kDot, kLeader);
    }
    canvas.text(placed[i].box.left, placed[i].box.bottom() - 1, kLabelSize, labels.texts[i]);
  }
  canvas.text(plot.box.left, plot.box.bottom() + 21, kLabelSize,
              left_over.empty() ? "" : "Roofs: " + left_over);
}

// The ceilings of arithmetic and of bandwidth, as far as the plot shows them.
void draw_roofs(const Canvas& canvas, const Plot& plot, const Measurements& measurements,
                Labels& labels) {
  const double peak = measurements.peak_gflops;
  for (const Ceiling& ceiling : {Ceiling{"memory, " + bandwidth_text(measurements.memory_bandwidth),
                                         measurements.memory_bandwidth},
                                 Ceiling{"cache, " + bandwidth_text(measurements.cache_bandwidth),
                                         measurements.cache_bandwidth}}) {
    const double from = std::max(plot.x.low, plot.y.low / ceiling.bandwidth);
    const double to = peak / ceiling.bandwidth;
    if (from >= to) continue;
    const auto point = [&](double intensity) {
      return plot.at(intensity, intensity * ceiling.bandwidth);
    };
    canvas.line({point(from), point(to)}, 1, kBlack);
    add_line(labels.obstacles, point(from), point(to));
    const Position middle = point(std::sqrt(from * to));
    labels.add(ceiling.text, middle.x, middle.y, middle.y);
  }
  const double bend = peak / measurements.memory_bandwidth;
  const Position begin = plot.at(std::max(plot.x.low, peak / measurements.cache_bandwidth), peak);
  const Position end{plot.box.right(), begin.y};
  canvas.line({begin, end}, 1, kBlack);
  add_line(labels.obstacles, begin, end);
  labels.add(peak_text(measurements), plot.x.at(1.5 * bend), begin.y, begin.y);
}

// The points of each shape, above each other.
void draw_columns(const Canvas& canvas, const Panel& panel, const Plot& plot,
                  std::vector<Box>& obstacles) {
  for (const Column& column : panel.columns) {
    double highest = plot.box.bottom();
    double lowest = plot.box.top;
    for (const Measurement& m : column.points) {
      const Position at = plot.at(m);
      highest = std::min(highest, at.y);
      lowest = std::max(lowest, at.y);
      obstacles.push_back(
          {at.x - kMarkerRadius, at.y - kMarkerRadius, 2 * kMarkerRadius, 2 * kMarkerRadius});
    }
    const double x = plot.x.at(column.intensity());
    canvas.line({{x, highest}, {x, lowest}}, 0.5, kGrey);
    obstacles.push_back({x - 0.5, plot.box.top, 1, lowest - plot.box.top});
  }
  // The framework's own last, on top.
  for (const bool ours : {false, true}) {
    for (const Column& column : panel.columns) {
      for (const Measurement& m : column.points) {
        const Mark& mark = mark_of(m.implementation);
        if (mark.filled == ours) draw_marker(canvas, plot.at(m), mark);
      }
    }
  }
}

// The highest point of each column.
std::vector<double> highest_points(const Panel& panel, const Plot& plot) {
  std::vector<double> tops;
  for (const Column& column : panel.columns) {
    double highest = plot.box.bottom();
    for (const Measurement& m : column.points) highest = std::min(highest, plot.at(m).y);
    tops.push_back(highest);
  }
  return tops;
}

void draw_panel(const Canvas& canvas, const Panel& panel, const Measurements& measurements,
                double left, double top) {
  Box box{left + kLeftOfPlot, top + kAbovePlot, kPanelWidth - kLeftOfPlot - 12,
          kPanelHeight - kAbovePlot - kBelowPlot};
  canvas.text(box.left, top + 12, kTextSize + 2, panel.kernel);
  const RateUnit unit = rate_unit(measurements.peak_gflops);
  canvas.text(left + kLeftOfPlot - 4, top + 12, kTextSize, unit.name, Align::right);
  // The numbers of the columns stand above the plot.
  const ColumnNumbers numbers(places_of_columns(panel, plot_of(panel, measurements, box).x));
  box.top += numbers.height();
  box.height -= numbers.height();
  const Plot plot = plot_of(panel, measurements, box);
  draw_axes(canvas, plot, unit);
  Labels labels;
  draw_roofs(canvas, plot, measurements, labels);
  numbers.draw(canvas, box.top, highest_points(panel, plot));
  draw_columns(canvas, panel, plot, labels.obstacles);
  draw_labels(canvas, plot, labels);
  std::vector<std::string> names;
  for (const Column& column : panel.columns) names.push_back(column.label);
  draw_key(canvas, names, box.left, top + kPanelHeight - 6, box.width);
}

// The marks that the figure has.
std::vector<Mark> used_marks(const Measurements& measurements) {
  std::vector<Mark> used;
  for (const Mark& mark : marks()) {
    const bool is_used =
        std::any_of(measurements.all.begin(), measurements.all.end(), [&](const Measurement& m) {
          return m.gflops > 0 && m.implementation == mark.implementation;
        });
    if (is_used) used.push_back(mark);
  }
  return used;
}

double legend_height(const Measurements& measurements) {
  return kAboveLegend + kLegendLine * static_cast<double>(used_marks(measurements).size()) +
         kAboveNotes + kNoteLine * static_cast<double>(roofline_notes(measurements).size());
}

void draw_legend(const Canvas& canvas, const Measurements& measurements, double left, double top) {
  double y = top + kAboveLegend;
  for (const Mark& mark : used_marks(measurements)) {
    draw_marker(canvas, {left + kLeftOfPlot + 4, y - 3}, mark);
    canvas.text(left + kLeftOfPlot + 14, y, kTextSize + 1, mark.description);
    y += kLegendLine;
  }
  y += kAboveNotes;
  for (const std::string& line : roofline_notes(measurements)) {
    canvas.text(left + kLeftOfPlot, y, kTextSize, line);
    y += kNoteLine;
  }
}

}  // namespace

void draw_roofline(const Measurements& measurements, const std::filesystem::path& stem) {
  const std::vector<Panel> panels = panels_of(measurements);
  if (panels.empty()) return;
  const std::size_t columns = panels.size() > 1 ? 2 : 1;
  // The legend comes last: beside a panel, or in a row of its own.
  const std::size_t rows = (panels.size() + columns - 1) / columns;
  const bool own_row = panels.size() % columns == 0;
  const double head = kMargin + kTitleSize + 12;
  const double width = 2 * kMargin + kPanelWidth * static_cast<double>(columns);
  const double panel_height = kPanelHeight + keys_height(panels);
  const double height = head + panel_height * static_cast<double>(rows) +
                        (own_row ? legend_height(measurements) : 0) + kMargin;
  write_figure(stem, width, height, [&](const Canvas& canvas) {
    canvas.text(kMargin, kMargin + kTitleSize / 2, kTitleSize,
                "Kernels on " + machine_text(measurements));
    for (std::size_t i = 0; i <= panels.size(); ++i) {
      const double left = kMargin + kPanelWidth * static_cast<double>(i % columns);
      const double top = head + panel_height * static_cast<double>(i / columns);
      if (i < panels.size()) {
        draw_panel(canvas, panels[i], measurements, left, top);
      } else {
        draw_legend(canvas, measurements, left, top);
      }
    }
  });
}

}  // namespace credence::benchmarks

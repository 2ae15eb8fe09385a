// The page of a chart: titles, the places of panels, and keys.
#include "benchmarks/common/chart.hpp"

#include "benchmarks/common/chart_panel.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/core.h>

namespace credence::benchmarks::chart {
namespace {

constexpr double kMargin = 22;
constexpr double kTitleSize = 14;
constexpr double kHeadingSize = 11;
constexpr double kTitleLine = 19;
constexpr double kSubtitleLine = 14;
constexpr double kRightOfPlot = 16;  // half of the last tick's number
constexpr double kGap = 14;          // between panels
constexpr double kAxisFoot = 34;     // numbers of ticks, and the label of x
constexpr double kKeyGap = 12;

// Lines of whole words that fit into the width.
std::vector<std::string> wrapped(const std::string& text, double size, double width) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!lines.empty() && text_width(size, lines.back() + " " + word) <= width) {
      lines.back() += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

struct MeasuredPanel {
  const Panel* panel;
  Scaling x;
  Scaling y;
  std::vector<KeyEntry> key;
};

// The sizes of everything on the page.
struct Layout {
  const Chart& chart;
  std::vector<MeasuredPanel> panels;
  std::size_t columns = 1;
  double left_of_plot = 0;      // numbers of the ticks of y
  double plot_width = 0;        // as the chart says, or what the widest text needs
  std::vector<KeyEntry> key{};  // of all panels, where they have the same

  double cell_width() const { return left_of_plot + plot_width + kRightOfPlot; }
  double width() const {
    return 2 * kMargin + static_cast<double>(columns) * cell_width() +
           static_cast<double>(columns - 1) * kGap;
  }
  double text_width() const { return width() - 2 * kMargin; }
  std::size_t rows() const { return (panels.size() + columns - 1) / columns; }
  // The heading and the label of y, where any panel has one.
  double head() const {
    const auto any = [&](auto has) { return std::any_of(panels.begin(), panels.end(), has); };
    const bool heading = any([](const MeasuredPanel& p) { return !p.panel->heading.empty(); });
    const bool label = any([](const MeasuredPanel& p) { return !p.panel->y.label.empty(); });
    return 8 + (heading ? 17 : 0) + (label ? 14 : 0);
  }
  // Room for the keys of one row of panels.
  double key_room(std::size_t row) const {
    double most = 0;
    for (std::size_t i = row * columns; i < std::min(panels.size(), (row + 1) * columns); ++i) {
      most = std::max(most, key_height(panels[i].key, cell_width()));
    }
    return most > 0 ? most + kKeyGap : 0;
  }
  double row_height(std::size_t row) const {
    return head() + chart.plot_height + kAxisFoot + key_room(row);
  }
};

bool same_keys(const std::vector<MeasuredPanel>& panels) {
  const auto same = [](const KeyEntry& a, const KeyEntry& b) {
    return a.text == b.text && a.line == b.line && a.dash == b.dash && a.dot == b.dot &&
           a.area == b.area && a.colour.red == b.colour.red && a.colour.green == b.colour.green &&
           a.colour.blue == b.colour.blue;
  };
  return std::all_of(panels.begin(), panels.end(), [&](const MeasuredPanel& p) {
    return std::equal(p.key.begin(), p.key.end(), panels.front().key.begin(),
                      panels.front().key.end(), same);
  });
}

void check_axis(const Axis& axis, const char* name, const std::string& where) {
  const auto fits = [&](double value) {
    return std::isfinite(value) && (axis.scale == Scale::linear || value > 0);
  };
  if (axis.range && !(fits(axis.range->first) && fits(axis.range->second) &&
                      axis.range->first < axis.range->second)) {
    throw ValueError(fmt::format("{}: the range {}…{} of {} is none", where, axis.range->first,
                                 axis.range->second, name));
  }
  for (const double tick : axis.ticks) {
    if (!fits(tick)) throw ValueError(fmt::format("{}: {} has no tick {}", where, name, tick));
  }
}

void check(const Chart& chart) {
  const std::string op = "[chart::draw] ";
  if (chart.panels.empty()) throw ValueError(op + "\"" + chart.title + "\" has no panels");
  if (chart.columns < 1) throw ValueError(op + "\"" + chart.title + "\" has no columns");
  if (!(chart.plot_width > 0 && chart.plot_height > 0)) {
    throw ValueError(op + "\"" + chart.title + "\": the size of the plots is not positive");
  }
  for (std::size_t p = 0; p < chart.panels.size(); ++p) {
    const Panel& panel = chart.panels[p];
    const std::string where = op + fmt::format("panel {} \"{}\"", p + 1, panel.heading);
    if (panel.series.empty()) throw ValueError(where + " has no series");
    check_axis(panel.x, "x", where);
    check_axis(panel.y, "y", where);
    for (std::size_t i = 0; i < panel.series.size(); ++i) {
      const std::string& name =
          std::visit([](const auto& s) -> const std::string& { return s.name; }, panel.series[i]);
      check(panel.series[i], panel, where + fmt::format(", series {} \"{}\"", i + 1, name));
    }
  }
}

Layout layout_of(const Chart& chart) {
  Layout layout{
      .chart = chart, .panels = {}, .columns = std::min(chart.columns, chart.panels.size())};
  double right = chart.plot_width;
  for (const Panel& panel : chart.panels) {
    const Extents extents = extents_of(panel);
    layout.panels.push_back(
        {&panel, scaling_of(panel.x, extents.x), scaling_of(panel.y, extents.y), key_of(panel)});
    for (const Tick& tick : layout.panels.back().y.ticks) {
      layout.left_of_plot = std::max(layout.left_of_plot, text_width(kTextSize, tick.text) + 7);
    }
    right = std::max({right, text_width(kHeadingSize, panel.heading),
                      text_width(kTextSize, panel.y.label), text_width(kTextSize, panel.x.label)});
  }
  layout.plot_width = right;
  if (layout.panels.size() > 1 && same_keys(layout.panels)) {
    layout.key = layout.panels.front().key;
    for (MeasuredPanel& panel : layout.panels) panel.key.clear();
  }
  return layout;
}

void draw_panel(const Canvas& canvas, const Layout& layout, const MeasuredPanel& measured,
                Position corner) {
  const Panel& panel = *measured.panel;
  const Plot plot(measured.x, measured.y, corner.x + layout.left_of_plot, corner.y + layout.head(),
                  layout.plot_width, layout.chart.plot_height);
  const double label = plot.top - 8;
  canvas.text(corner.x, label - (panel.y.label.empty() ? 0 : 15), kHeadingSize, panel.heading);
  canvas.text(corner.x, label, kTextSize, panel.y.label);
  draw_axes(canvas, plot, panel.x.label);
  draw_series(canvas, plot, panel);
  draw_key(canvas, {corner.x, plot.top + plot.height + kAxisFoot + kKeyGap}, layout.cell_width(),
           measured.key);
}

}  // namespace

void draw(const Chart& chart, const std::filesystem::path& stem) {
  check(chart);
  const Layout layout = layout_of(chart);
  const auto title = wrapped(chart.title, kTitleSize, layout.text_width());
  const auto subtitle = wrapped(chart.subtitle, kTextSize, layout.text_width());
  const double head = kMargin + kTitleLine * static_cast<double>(title.size()) +
                      kSubtitleLine * static_cast<double>(subtitle.size());
  double height = head;
  for (std::size_t row = 0; row < layout.rows(); ++row) height += layout.row_height(row) + kGap;
  const double key = height + kTextSize;
  if (!layout.key.empty()) height += key_height(layout.key, layout.text_width()) + kTextSize;
  height += kMargin - kGap;
  write_figure(stem, layout.width(), height, [&](const Canvas& canvas) {
    double y = kMargin + kTitleSize;
    for (const std::string& line : title) {
      canvas.text(kMargin, y, kTitleSize, line);
      y += kTitleLine;
    }
    y -= kTitleSize - kTextSize;
    for (const std::string& line : subtitle) {
      canvas.text(kMargin, y, kTextSize, line);
      y += kSubtitleLine;
    }
    double top = head;
    for (std::size_t i = 0; i < layout.panels.size(); ++i) {
      const auto column = static_cast<double>(i % layout.columns);
      draw_panel(canvas, layout, layout.panels[i],
                 {kMargin + column * (layout.cell_width() + kGap), top});
      if (i % layout.columns + 1 == layout.columns)
        top += layout.row_height(i / layout.columns) + kGap;
    }
    draw_key(canvas, {kMargin, key}, layout.text_width(), layout.key);
  });
}

}  // namespace credence::benchmarks::chart

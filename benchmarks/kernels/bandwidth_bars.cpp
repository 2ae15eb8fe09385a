// The figure of elementwise kernels: a bar of bytes per second for each implementation.
#include "benchmarks/kernels/labels.hpp"
#include "benchmarks/kernels/marks.hpp"
#include "benchmarks/kernels/roofline.hpp"

#include <algorithm>
#include <cmath>

namespace credence::benchmarks {
namespace {

constexpr double kMargin = 22;
constexpr double kTitleSize = 14;
constexpr double kTextSize = 8;
constexpr double kBar = 9;
constexpr double kGapOfGroups = 7;
constexpr double kNames = 118;  // width of the kernels' names
constexpr double kBars = 300;   // length of the longest bar
constexpr double kNumbers = 100;
constexpr double kPanelWidth = kNames + kBars + kNumbers;

// The implementations of one kernel on one size of array.
struct Group {
  std::string kernel;
  std::vector<Measurement> bars;

  double height() const { return kBar * static_cast<double>(bars.size()) + kGapOfGroups; }
};

struct Panel {
  std::string label;  // "2 MiB"
  std::vector<Group> groups;

  double height() const {
    double sum = 0;
    for (const Group& group : groups) sum += group.height();
    return sum;
  }
  double largest() const {
    double value = 0;
    for (const Group& group : groups) {
      for (const Measurement& m : group.bars) value = std::max(value, m.gigabytes);
    }
    return value;
  }
};

std::vector<Panel> panels_of(const Measurements& measurements) {
  std::vector<Panel> panels;
  for (const Measurement& m : measurements.all) {
    if (m.nanoseconds_per_element <= 0) continue;
    auto panel = std::find_if(panels.begin(), panels.end(),
                              [&](const Panel& p) { return p.label == m.label; });
    if (panel == panels.end()) panel = panels.insert(panel, {m.label, {}});
    auto group = std::find_if(panel->groups.begin(), panel->groups.end(),
                              [&](const Group& g) { return g.kernel == m.kernel; });
    if (group == panel->groups.end()) group = panel->groups.insert(group, {m.kernel, {}});
    group->bars.push_back(m);
  }
  return panels;
}

void draw_panel(const Canvas& canvas, const Panel& panel, double ceiling, const std::string& level,
                double left, double top) {
  const double zero = left + kNames;
  const double scale = kBars / std::max(ceiling, panel.largest());
  const double first = top + 34;
  canvas.text(zero, top + 10, kTextSize + 2, "arrays of " + panel.label);
  const double line = zero + scale * ceiling;
  canvas.line({{line, first - 6}, {line, first + panel.height()}}, 1, kBlack);
  canvas.text(line, first - 9, kTextSize, level + ", " + bandwidth_text(ceiling), Align::right);
  double y = first;
  for (const Group& group : panel.groups) {
    const double middle = y + (group.height() - kGapOfGroups) / 2 + 3;
    canvas.text(zero - 6, middle, kTextSize, group.kernel, Align::right);
    for (const Measurement& m : group.bars) {
      const double length = scale * m.gigabytes;
      canvas.rectangle(zero, y + 0.5, length, kBar - 1, mark_of(m.implementation).colour);
      const std::string text =
          bandwidth_text(m.gigabytes) + ", " + time_text(m.nanoseconds_per_element);
      // Beside the bar, or beside the ceiling where the text would be crossed by it.
      const bool crossed =
          zero + length < line + 3 && zero + length + 4 + text_width(kTextSize, text) > line;
      canvas.text(crossed ? line + 4 : zero + length + 4, y + kBar - 1.5, kTextSize, text);
      y += kBar;
    }
    y += kGapOfGroups;
  }
}

void draw_legend(const Canvas& canvas, const std::vector<Panel>& panels, Device device, double left,
                 double y) {
  double x = left;
  for (const Mark& mark : marks()) {
    const bool used = std::any_of(panels.begin(), panels.end(), [&](const Panel& panel) {
      return std::any_of(panel.groups.begin(), panel.groups.end(), [&](const Group& group) {
        return std::any_of(group.bars.begin(), group.bars.end(), [&](const Measurement& m) {
          return m.implementation == mark.implementation;
        });
      });
    });
    if (!used) continue;
    canvas.rectangle(x, y - 7, 12, 8, mark.colour);
    canvas.text(x + 17, y, kTextSize + 1, mark.description);
    x += 17 + text_width(kTextSize + 1, mark.description) + 22;
  }
  canvas.text(x, y, kTextSize,
              std::string("Bytes: each array once, twice where it is updated; time per element.") +
                  (device == Device::cpu ? " Naive: one thread." : ""));
}

}  // namespace

void draw_bandwidth(const Measurements& measurements, const std::filesystem::path& stem) {
  const std::vector<Panel> panels = panels_of(measurements);
  if (panels.empty()) return;
  double tallest = 0;
  for (const Panel& panel : panels) tallest = std::max(tallest, panel.height());
  const double head = kMargin + kTitleSize + 10;
  const double width =
      2 * kMargin + kPanelWidth * std::max(2.0, static_cast<double>(panels.size()));
  const double height = head + 34 + tallest + 24 + kMargin;
  write_figure(stem, width, height, [&](const Canvas& canvas) {
    canvas.text(kMargin, kMargin + kTitleSize / 2, kTitleSize,
                "Elementwise kernels on " + machine_text(measurements));
    for (std::size_t i = 0; i < panels.size(); ++i) {
      const bool cached = panels[i].label == "2 MiB";
      draw_panel(canvas, panels[i],
                 cached ? measurements.cache_bandwidth : measurements.memory_bandwidth,
                 cached ? "cache" : "memory", kMargin + kPanelWidth * static_cast<double>(i), head);
    }
    draw_legend(canvas, panels, measurements.device, kMargin + kNames, height - kMargin);
  });
}

}  // namespace credence::benchmarks

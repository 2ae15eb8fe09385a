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
constexpr double kLeastWidth = 560;
constexpr double kNoteLine = 14;
constexpr double kCeilingLine = 11;  // height of the name of a ceiling

// A bandwidth that bars are held against.
struct Ceiling {
  std::string level;
  double gigabytes;
};

// The implementations of one kernel on one size of array.
struct Group {
  std::string name;
  std::vector<Measurement> bars;

  double height() const { return kBar * static_cast<double>(bars.size()) + kGapOfGroups; }
};

struct Panel {
  std::string title;
  std::vector<Group> groups;
  std::vector<Ceiling> ceilings;

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

// The panel of a measurement and its name there. Arrays of the program's own sizes have a panel for
// each size; a user's problems, each of a size of its own, share one.
struct Place {
  std::string panel;
  std::string group;
  std::vector<Ceiling> ceilings;
};

Place place_of(const Measurement& m, const Measurements& run) {
  const Ceiling cache{"cache", run.cache_bandwidth};
  const Ceiling memory{"memory", run.memory_bandwidth};
  if (!m.is_own_problem()) {
    return {"arrays of " + m.label, m.kernel, {m.label == "2 MiB" ? cache : memory}};
  }
  return {"bytes per second", m.kernel + ", " + m.label, {memory, cache}};
}

std::vector<Panel> panels_of(const Measurements& measurements) {
  std::vector<Panel> panels;
  for (const Measurement& m : measurements.all) {
    if (m.nanoseconds_per_element <= 0) continue;
    const Place place = place_of(m, measurements);
    auto panel = std::find_if(panels.begin(), panels.end(),
                              [&](const Panel& p) { return p.title == place.panel; });
    if (panel == panels.end()) panel = panels.insert(panel, {place.panel, {}, place.ceilings});
    auto group = std::find_if(panel->groups.begin(), panel->groups.end(),
                              [&](const Group& g) { return g.name == place.group; });
    if (group == panel->groups.end()) group = panel->groups.insert(group, {place.group, {}});
    group->bars.push_back(m);
  }
  return panels;
}

// The width of the longest name before the bars.
double width_of_names(const std::vector<Panel>& panels) {
  double width = kNames;
  for (const Panel& panel : panels) {
    for (const Group& group : panel.groups) {
      width = std::max(width, text_width(kTextSize, group.name) + 12);
    }
  }
  return width;
}

void draw_ceilings(const Canvas& canvas, const Panel& panel, double zero, double scale,
                   double first) {
  double above = 9;
  for (const Ceiling& ceiling : panel.ceilings) {
    const double line = zero + scale * ceiling.gigabytes;
    canvas.line({{line, first + 3 - above}, {line, first + panel.height()}}, 1, kBlack);
    canvas.text(line, first - above, kTextSize,
                ceiling.level + ", " + bandwidth_text(ceiling.gigabytes), Align::right);
    above += kCeilingLine;
  }
}

// Whether a text from `left` on would be crossed by a ceiling; then where it is free of all of
// them.
double free_place(const Panel& panel, double zero, double scale, double left, double width) {
  std::vector<double> lines;
  for (const Ceiling& ceiling : panel.ceilings) lines.push_back(zero + scale * ceiling.gigabytes);
  std::sort(lines.begin(), lines.end());
  for (const double line : lines) {
    if (left < line + 3 && left + width > line - 1) left = line + 4;
  }
  return left;
}

void draw_panel(const Canvas& canvas, const Panel& panel, double names, double left, double top) {
  double highest = panel.largest();
  for (const Ceiling& ceiling : panel.ceilings) highest = std::max(highest, ceiling.gigabytes);
  const double zero = left + names;
  const double scale = kBars / highest;
  const double first = top + 23 + kCeilingLine * static_cast<double>(panel.ceilings.size());
  canvas.text(zero, top + 10, kTextSize + 2, panel.title);
  draw_ceilings(canvas, panel, zero, scale, first);
  double y = first;
  for (const Group& group : panel.groups) {
    const double middle = y + (group.height() - kGapOfGroups) / 2 + 3;
    canvas.text(zero - 6, middle, kTextSize, group.name, Align::right);
    for (const Measurement& m : group.bars) {
      const double length = scale * m.gigabytes;
      canvas.rectangle(zero, y + 0.5, length, kBar - 1, mark_of(m.implementation).colour);
      const std::string text =
          bandwidth_text(m.gigabytes) + ", " + time_text(m.nanoseconds_per_element);
      const double place =
          free_place(panel, zero, scale, zero + length + 4, text_width(kTextSize, text));
      canvas.text(place, y + kBar - 1.5, kTextSize, text);
      y += kBar;
    }
    y += kGapOfGroups;
  }
}

// The marks that the figure has.
std::vector<Mark> used_marks(const std::vector<Panel>& panels) {
  std::vector<Mark> used;
  for (const Mark& mark : marks()) {
    const bool is_used = std::any_of(panels.begin(), panels.end(), [&](const Panel& panel) {
      return std::any_of(panel.groups.begin(), panel.groups.end(), [&](const Group& group) {
        return std::any_of(group.bars.begin(), group.bars.end(), [&](const Measurement& m) {
          return m.implementation == mark.implementation;
        });
      });
    });
    if (is_used) used.push_back(mark);
  }
  return used;
}

double legend_width(const Mark& mark) {
  return 17 + text_width(kTextSize + 1, mark.description) + 22;
}

double legend_width(const std::vector<Mark>& used) {
  double width = 0;
  for (const Mark& mark : used) width += legend_width(mark);
  return width;
}

void draw_legend(const Canvas& canvas, const std::vector<Mark>& used, Device device, double left,
                 double y) {
  double x = left;
  for (const Mark& mark : used) {
    canvas.rectangle(x, y - 7, 12, 8, mark.colour);
    canvas.text(x + 17, y, kTextSize + 1, mark.description);
    x += legend_width(mark);
  }
  canvas.text(left, y + kNoteLine, kTextSize,
              std::string("Bytes: each array once, twice where it is updated; time per element.") +
                  (device == Device::cpu ? " Steps of a ladder: one thread." : ""));
}

}  // namespace

void draw_bandwidth(const Measurements& measurements, const std::filesystem::path& stem) {
  const std::vector<Panel> panels = panels_of(measurements);
  if (panels.empty()) return;
  double tallest = 0;
  for (const Panel& panel : panels) tallest = std::max(tallest, panel.height());
  const double head = kMargin + kTitleSize + 10;
  const double names = width_of_names(panels);
  const double panel_width = names + kBars + kNumbers;
  const std::vector<Mark> used = used_marks(panels);
  const double width =
      2 * kMargin + std::max({kLeastWidth, panel_width * static_cast<double>(panels.size()),
                              names + legend_width(used)});
  const double height = head + 46 + tallest + 24 + kNoteLine + kMargin;
  write_figure(stem, width, height, [&](const Canvas& canvas) {
    canvas.text(kMargin, kMargin + kTitleSize / 2, kTitleSize,
                "Elementwise kernels on " + machine_text(measurements));
    for (std::size_t i = 0; i < panels.size(); ++i) {
      draw_panel(canvas, panels[i], names, kMargin + panel_width * static_cast<double>(i), head);
    }
    draw_legend(canvas, used, measurements.device, kMargin + names, height - kMargin - kNoteLine);
  });
}

}  // namespace credence::benchmarks

// The series of a chart: their colours, their symbols in the key, and how each is drawn.
#include "benchmarks/common/chart_panel.hpp"

#include <algorithm>
#include <cmath>

namespace credence::benchmarks::chart {
namespace {

constexpr double kLineWidth = 1.8;
constexpr double kDash = 4;
constexpr double kBarOpacity = 0.3;

// A colour by its number, and how its lines and dots differ from those that have the colour first.
struct Style {
  Colour colour;
  double dash;
  Dot dot = Dot::disc;
};

Style style_of(std::size_t number) {
  const std::size_t count = colours().size();
  const bool again = number / count % 2 == 1;
  return {colours()[number % count], again ? kDash : 0, again ? Dot::diamond : Dot::disc};
}

// The colour of each series of a panel.
std::vector<Style> styles_of(const Panel& panel) {
  std::vector<Style> styles;
  std::size_t next = 0;
  for (const Series& series : panel.series) {
    styles.push_back(std::visit(
        Overloaded{[](const Reference&) {
                     return Style{{0.45, 0.45, 0.45}, kDash};
                   },
                   [&](const auto& s) { return style_of(s.colour ? *s.colour : next++); }},
        series));
  }
  return styles;
}

bool has_dots(const Points& s) { return s.dots || !s.line || s.points.size() == 1; }

Colour with_opacity(Colour colour, double opacity) {
  colour.alpha = opacity;
  return colour;
}

// Draws series of one panel.
class Painter {
 public:
  Painter(const Canvas& canvas, const Plot& plot) : canvas_(canvas), plot_(plot) {}

  void draw(const Points& s, const Style& style) const {
    clipped([&] {
      if (s.line) canvas_.line(on_page(s.points), kLineWidth, style.colour, style.dash);
      for (std::size_t i = 0; i < s.errors.size(); ++i) draw_error(s, i, style.colour);
    });
    if (!has_dots(s)) return;
    for (const Position& p : s.points) {
      if (plot_.contains(p.x, p.y)) {
        draw_dot(canvas_, plot_.at(p.x, p.y), style.dot, style.colour);
      }
    }
  }

  void draw(const Bars& s, const Style& style) const {
    clipped([&] {
      for (std::size_t i = 0; i < s.tops.size(); ++i) {
        const double base = base_of(s, i);
        if (s.tops[i] == base || (logarithmic() && s.tops[i] <= 0)) continue;
        const Position a = plot_.at(s.edges[i], base);
        const Position b = plot_.at(s.edges[i + 1], s.tops[i]);
        canvas_.rectangle(std::min(a.x, b.x), std::min(a.y, b.y), std::abs(b.x - a.x),
                          std::abs(b.y - a.y), with_opacity(style.colour, kBarOpacity));
        canvas_.line({a, {a.x, b.y}, b, {b.x, a.y}}, 0.8, style.colour);
      }
    });
  }

  void draw(const Band& s, const Style& style) const {
    std::vector<Position> outline;
    for (std::size_t i = 0; i < s.x.size(); ++i) outline.push_back(plot_.at(s.x[i], s.high[i]));
    for (std::size_t i = s.x.size(); i-- > 0;) outline.push_back(plot_.at(s.x[i], s.low[i]));
    clipped([&] { canvas_.polygon(outline, with_opacity(style.colour, s.opacity)); });
  }

  // The diagonal is a curve where one axis alone is logarithmic.
  void draw(const Reference& s, const Style& style) const {
    constexpr int kParts = 100;
    std::vector<Position> line;
    for (int i = 0; i <= kParts; ++i) {
      const double share = static_cast<double>(i) / kParts;
      const double x = plot_.x.scale == Scale::linear
                           ? plot_.x.low + share * (plot_.x.high - plot_.x.low)
                           : plot_.x.low * std::pow(plot_.x.high / plot_.x.low, share);
      const double y = s.y ? *s.y : x;
      if (logarithmic() && y <= 0) continue;
      line.push_back(plot_.at(x, y));
    }
    clipped([&] { canvas_.line(line, 1, style.colour, style.dash); });
  }

 private:
  bool logarithmic() const { return plot_.y.scale == Scale::logarithmic; }

  double base_of(const Bars& s, std::size_t i) const {
    if (!s.bases.empty()) return s.bases[i];
    return logarithmic() ? plot_.y.low : 0;
  }

  void draw_error(const Points& s, std::size_t i, const Colour& colour) const {
    constexpr double kHalfCap = 3;
    double lower = s.points[i].y - s.errors[i];
    if (logarithmic() && lower <= 0) lower = plot_.y.low;
    const Position low = plot_.at(s.points[i].x, lower);
    const Position high = plot_.at(s.points[i].x, s.points[i].y + s.errors[i]);
    canvas_.line({low, high}, 1, colour);
    for (const Position& end : {low, high}) {
      canvas_.line({{end.x - kHalfCap, end.y}, {end.x + kHalfCap, end.y}}, 1, colour);
    }
  }

  std::vector<Position> on_page(const std::vector<Position>& points) const {
    std::vector<Position> places;
    for (const Position& p : points) places.push_back(plot_.at(p.x, p.y));
    return places;
  }

  // With room for half a line's width, so that a line along an end of an axis is whole.
  template <class Draw>
  void clipped(Draw draw) const {
    canvas_.clipped(plot_.left - 1, plot_.top - 1, plot_.width + 2, plot_.height + 2, draw);
  }

  const Canvas& canvas_;
  const Plot& plot_;
};

}  // namespace

const std::vector<Colour>& colours() {
  static const std::vector<Colour> all{kBlue,
                                       kOrange,
                                       {0, 0.62, 0.45},     // bluish green
                                       {0.8, 0.47, 0.65},   // reddish purple
                                       {0.25, 0.25, 0.25},  // dark grey
                                       {0.45, 0.75, 0.92},  // sky blue
                                       {0.93, 0.8, 0.25}};  // yellow
  return all;
}

void draw_series(const Canvas& canvas, const Plot& plot, const Panel& panel) {
  const std::vector<Style> styles = styles_of(panel);
  const Painter painter(canvas, plot);
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    std::visit([&](const auto& s) { painter.draw(s, styles[i]); }, panel.series[i]);
  }
}

std::vector<KeyEntry> key_of(const Panel& panel) {
  const std::vector<Style> styles = styles_of(panel);
  std::vector<KeyEntry> entries;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Style& style = styles[i];
    KeyEntry entry =
        std::visit(Overloaded{[&](const Points& s) {
                                return KeyEntry{s.name, style.colour, s.line ? kLineWidth : 0,
                                                style.dash, has_dots(s) ? style.dot : Dot::none};
                              },
                              [&](const Bars& s) {
                                return KeyEntry{s.name, style.colour, 0, 0, Dot::none, kBarOpacity};
                              },
                              [&](const Band& s) {
                                return KeyEntry{s.name, style.colour, 0, 0, Dot::none, s.opacity};
                              },
                              [&](const Reference& s) {
                                return KeyEntry{s.name, style.colour, 1, style.dash};
                              }},
                   panel.series[i]);
    if (!entry.text.empty()) entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace credence::benchmarks::chart

// The values of a chart's series: whether they can be drawn, and what range they cover.
#include "benchmarks/common/chart_panel.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <fmt/core.h>

namespace credence::benchmarks::chart {
namespace {

// The values of one list, for checks.
struct Values {
  const char* what;
  const std::vector<double>& values;
  Scale scale;
  bool from_zero = false;  // whether 0 is also allowed on a logarithmic axis
};

void check_values(const Values& list, const std::string& where) {
  for (std::size_t i = 0; i < list.values.size(); ++i) {
    const double value = list.values[i];
    const bool positive = value > 0 || (list.from_zero && value == 0);
    if (std::isfinite(value) && (list.scale == Scale::linear || positive)) continue;
    throw ValueError(
        fmt::format("{}: {} {} is {}, expected a finite{} number", where, list.what, i, value,
                    list.scale == Scale::linear ? "" : " positive (logarithmic axis)"));
  }
}

void check_count(const char* what, std::size_t count, std::size_t expected,
                 const std::string& where) {
  if (count == expected) return;
  throw ValueError(fmt::format("{}: {} {}, expected {}", where, count, what, expected));
}

void require_points(bool some, const std::string& where) {
  if (!some) throw ValueError(where + " has no points");
}

void require_ascending(const std::vector<double>& edges, const std::string& where) {
  if (std::adjacent_find(edges.begin(), edges.end(), std::greater_equal<>()) == edges.end()) return;
  throw ValueError(where + ": edges do not ascend");
}

struct Split {
  std::vector<double> x;
  std::vector<double> y;
};

Split split(const std::vector<Position>& points) {
  Split result;
  for (const Position& p : points) {
    result.x.push_back(p.x);
    result.y.push_back(p.y);
  }
  return result;
}

class Collector {
 public:
  void add_x(const std::vector<double>& values, Scale scale) { add(x_, values, scale); }
  void add_y(const std::vector<double>& values, Scale scale) { add(y_, values, scale); }
  Extents extents() const { return {settled(x_), settled(y_)}; }

 private:
  static constexpr Extent kNothing{std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity()};

  static void add(Extent& extent, const std::vector<double>& values, Scale scale) {
    for (const double value : values) {
      if (scale == Scale::logarithmic && value <= 0) continue;
      extent = {std::min(extent.low, value), std::max(extent.high, value)};
    }
  }
  // A panel of references alone, or of bars of height 0, has no extent of its own.
  static Extent settled(const Extent& extent) {
    return extent.low <= extent.high ? extent : Extent{1, 2};
  }

  Extent x_ = kNothing;
  Extent y_ = kNothing;
};

// The error bars' ends; on a logarithmic axis those above 0.
std::vector<double> error_ends(const Points& s) {
  std::vector<double> ends;
  for (std::size_t i = 0; i < s.errors.size(); ++i) {
    ends.push_back(s.points[i].y - s.errors[i]);
    ends.push_back(s.points[i].y + s.errors[i]);
  }
  return ends;
}

}  // namespace

void check(const Series& series, const Panel& panel, const std::string& where) {
  const Scale x = panel.x.scale;
  const Scale y = panel.y.scale;
  std::visit(Overloaded{[&](const Points& s) {
                          require_points(!s.points.empty(), where);
                          const auto [xs, ys] = split(s.points);
                          check_values({"x", xs, x}, where);
                          check_values({"y", ys, y}, where);
                          if (s.errors.empty()) return;
                          check_count("errors", s.errors.size(), s.points.size(), where);
                          check_values({"error", s.errors, Scale::linear}, where);
                        },
                        [&](const Bars& s) {
                          require_points(!s.tops.empty(), where);
                          check_count("edges", s.edges.size(), s.tops.size() + 1, where);
                          check_values({"edge", s.edges, x}, where);
                          require_ascending(s.edges, where);
                          check_values({"top", s.tops, y, s.bases.empty()}, where);
                          if (s.bases.empty()) return;
                          check_count("bases", s.bases.size(), s.tops.size(), where);
                          check_values({"base", s.bases, y}, where);
                        },
                        [&](const Band& s) {
                          require_points(!s.x.empty(), where);
                          check_count("low values", s.low.size(), s.x.size(), where);
                          check_count("high values", s.high.size(), s.x.size(), where);
                          check_values({"x", s.x, x}, where);
                          check_values({"low value", s.low, y}, where);
                          check_values({"high value", s.high, y}, where);
                        },
                        [&](const Reference& s) {
                          if (s.y) check_values({"height", {*s.y}, y}, where);
                        }},
             series);
}

Extents extents_of(const Panel& panel) {
  const Scale x = panel.x.scale;
  const Scale y = panel.y.scale;
  Collector all;
  for (const Series& series : panel.series) {
    std::visit(Overloaded{[&](const Points& s) {
                            const auto [xs, ys] = split(s.points);
                            all.add_x(xs, x);
                            all.add_y(ys, y);
                            all.add_y(error_ends(s), y);
                          },
                          [&](const Bars& s) {
                            all.add_x(s.edges, x);
                            all.add_y(s.tops, y);
                            all.add_y(s.bases.empty() ? std::vector<double>{0} : s.bases, y);
                          },
                          [&](const Band& s) {
                            all.add_x(s.x, x);
                            all.add_y(s.low, y);
                            all.add_y(s.high, y);
                          },
                          [&](const Reference& s) {
                            if (s.y) all.add_y({*s.y}, y);
                          }},
               series);
  }
  return all.extents();
}

}  // namespace credence::benchmarks::chart

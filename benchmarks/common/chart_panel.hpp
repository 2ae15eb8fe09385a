// The parts of a chart: a panel with its place on the page, its axes, and the drawing of series.
#pragma once

#include "benchmarks/common/chart.hpp"
#include "benchmarks/common/key.hpp"
#include "benchmarks/common/linear_axis.hpp"
#include "benchmarks/common/log_axis.hpp"

#include <string>
#include <variant>
#include <vector>

namespace credence::benchmarks::chart {

inline constexpr double kTextSize = 9;

/// A function of each kind of series, for std::visit.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

struct Tick {
  double value;
  std::string text;
};

/// The values that a series or a panel covers, in both directions.
struct Extent {
  double low;
  double high;
};
struct Extents {
  Extent x;
  Extent y;
};

/// An axis with its ends and ticks, not yet on the page.
struct Scaling {
  Scale scale;
  double low;
  double high;
  std::vector<Tick> ticks;
};

/// The ends and ticks of an axis around values.
Scaling scaling_of(const Axis& axis, const Extent& values);

/// A panel's axes on the page.
class Plot {
 public:
  Plot(const Scaling& x, const Scaling& y, double left, double top, double width, double height);

  Position at(double x, double y) const;
  bool contains(double x, double y) const;

  double left, top, width, height;
  Scaling x, y;

 private:
  std::variant<LinearAxis, LogAxis> x_axis_;
  std::variant<LinearAxis, LogAxis> y_axis_;
};

/// Draws the grid, the axes, the numbers of ticks and the label of x.
void draw_axes(const Canvas& canvas, const Plot& plot, const std::string& x_label);

/// Throws ValueError, whose message begins with `where`, for a series that cannot be drawn.
void check(const Series& series, const Panel& panel, const std::string& where);

/// The values that the checked series of a panel cover.
Extents extents_of(const Panel& panel);

/// Draws the series in the order given.
void draw_series(const Canvas& canvas, const Plot& plot, const Panel& panel);

/// The symbols and names of the series that have a name.
std::vector<KeyEntry> key_of(const Panel& panel);

}  // namespace credence::benchmarks::chart

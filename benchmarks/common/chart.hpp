// Charts: panels of curves, bars and bands over linear or logarithmic axes, drawn as PNG and SVG.
// They serve reliability diagrams, ROC and risk-coverage curves, histograms, regressions with their
// bands, and any number against any other.
#pragma once

#include "benchmarks/common/canvas.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace credence::benchmarks::chart {

/// The colours of series, in order, which the colour-blind can tell apart (after Okabe and Ito
/// 2008, "Color Universal Design"). After the last one they begin again, and lines are dashed.
const std::vector<Colour>& colours();

// Series take the next colour of their panel, references apart, or number `colour`, counted from 0.
// Those with a name are in the key. Later series are drawn over earlier ones.

/// Values of y over x, in the order given.
struct Points {
  std::string name{};
  std::vector<Position> points{};
  std::vector<double> errors{};  ///< half the height of each point's error bar; empty for none
  bool line = true;              ///< whether straight lines join the points
  bool dots = false;             ///< whether each point has a dot; a single one always has
  std::optional<std::size_t> colour{};
};

/// Translucent bars with outlines, of which several sets may overlap, as histograms do. Bar i
/// reaches from edges[i] to edges[i + 1], and from bases[i] to tops[i]. Without bases the bars
/// stand on 0, on a logarithmic axis on its lowest value, and 0 is then no bar.
struct Bars {
  std::string name{};
  std::vector<double> edges{};
  std::vector<double> tops{};
  std::vector<double> bases{};
  std::optional<std::size_t> colour{};
};

/// The area between two curves over the same x.
struct Band {
  std::string name{};
  std::vector<double> x{};
  std::vector<double> low{};
  std::vector<double> high{};
  double opacity = 0.25;
  std::optional<std::size_t> colour{};
};

/// A dashed grey line: at a height, or the diagonal y = x where there is none.
struct Reference {
  std::string name{};
  std::optional<double> y{};
};

using Series = std::variant<Points, Bars, Band, Reference>;

enum class Scale : std::uint8_t { linear, logarithmic };

struct Axis {
  std::string label{};
  Scale scale = Scale::linear;
  /// The values at the axis's ends; without them it ends at round values around the data. What lies
  /// outside is not drawn.
  std::optional<std::pair<double, double>> range{};
  std::vector<double> ticks{};  ///< in place of round values; those with no room get no number
};

/// One pair of axes and what is drawn between them.
struct Panel {
  std::string heading{};
  Axis x{};
  Axis y{};
  std::vector<Series> series{};
};

struct Chart {
  std::string title{};
  std::string subtitle{};
  std::vector<Panel> panels{};
  std::size_t columns = 2;   ///< panels side by side
  double plot_width = 340;   ///< between the axes, in points
  double plot_height = 250;  ///< the same upwards
};

/// Writes the chart to stem.png and stem.svg. Each panel has its key beneath it. Panels with the
/// same key share it. Throws ValueError that names the panel and the series for a chart without
/// panels, a panel without series, a series without points or with lists of different lengths, and
/// a value that is not finite or, on a logarithmic axis, not positive. Throws FileError where a
/// file cannot be written.
void draw(const Chart& chart, const std::filesystem::path& stem);

}  // namespace credence::benchmarks::chart

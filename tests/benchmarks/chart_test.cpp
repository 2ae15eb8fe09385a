// Tests of charts: where a figure puts what it draws, read back from its SVG, and what cannot be
// drawn.
#include "benchmarks/common/chart.hpp"

#include "benchmarks/common/chart_panel.hpp"
#include "framework/base/error.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/framework/support.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(chart)

namespace {

using namespace benchmarks::chart;  // NOLINT: the names of a chart's parts
using benchmarks::Position;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Panel panel_of(std::vector<Series> series) {
  return {"A panel", {.label = "x"}, {.label = "y"}, std::move(series)};
}

// The chart's SVG.
std::string drawn(const Chart& chart) {
  const TemporaryFolder folder;
  const std::filesystem::path stem = folder.path() / "chart";
  draw(chart, stem);
  BOOST_TEST(read_text(stem.string() + ".png").substr(1, 3) == "PNG");
  std::string svg = read_text(stem.string() + ".svg");
  BOOST_TEST(svg.find("</svg>") != std::string::npos);
  // Coordinates that are not finite would be written like this.
  BOOST_TEST(svg.find("nan") == std::string::npos);
  BOOST_TEST(svg.find("inf") == std::string::npos);
  return svg;
}
std::string drawn(const Panel& panel) { return drawn(Chart{.title = "T", .panels = {panel}}); }

// The corners of a path.
std::vector<Position> corners(const std::string& data) {
  static const std::regex corner(R"rx([ML] ([-\d.]+) ([-\d.]+))rx");
  std::vector<Position> points;
  for (std::sregex_iterator i(data.begin(), data.end(), corner), end; i != end; ++i) {
    points.push_back({std::stod((*i)[1]), std::stod((*i)[2])});
  }
  return points;
}

// The paths of an SVG whose property "stroke" or "fill" is a colour. All colours are whole
// percents.
std::vector<std::vector<Position>> paths(const std::string& svg, const std::string& property,
                                         const benchmarks::Colour& colour) {
  const auto percent = [](double share) { return std::to_string(std::lround(100 * share)) + "%"; };
  // The first form is cairo 1.16's, the second that of cairo 1.18.
  const std::regex path("<path [^>]*" + property + "(?::|=\")rgb\\(" + percent(colour.red) + ", ?" +
                        percent(colour.green) + ", ?" + percent(colour.blue) +
                        "\\)[^>]* d=\"([^\"]*)\"");
  std::vector<std::vector<Position>> found;
  for (std::sregex_iterator i(svg.begin(), svg.end(), path), end; i != end; ++i) {
    found.push_back(corners((*i)[1]));
  }
  return found;
}

std::vector<std::vector<Position>> strokes(const std::string& svg, std::size_t colour) {
  return paths(svg, "stroke", colours()[colour]);
}

std::vector<std::string> texts(const Scaling& scaling) {
  std::vector<std::string> all;
  for (const Tick& tick : scaling.ticks) all.push_back(tick.text);
  return all;
}

void check_error(const Panel& panel, const std::string& message) {
  const TemporaryFolder folder;
  const auto says = [&](const ValueError& error) {
    return std::string(error.what()).find(message) != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(draw({.title = "T", .panels = {panel}}, folder.path() / "chart"),
                        ValueError, says);
  BOOST_TEST(!std::filesystem::exists(folder.path() / "chart.png"), message);
}

}  // namespace

BOOST_AUTO_TEST_CASE(axes_end_at_round_values_around_the_data) {
  using Texts = std::vector<std::string>;
  const auto check = [](const Axis& axis, double low, double high, double first, double last,
                        const Texts& ticks) {
    const Scaling scaling = scaling_of(axis, {low, high});
    BOOST_CHECK_CLOSE(scaling.low, first, 1e-9);
    BOOST_CHECK_CLOSE(scaling.high, last, 1e-9);
    BOOST_TEST(texts(scaling) == ticks, boost::test_tools::per_element());
  };
  check({}, 0.13, 0.87, 0, 1, {"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  check({}, -3, 4, -4, 4, {"-4", "-2", "0", "2", "4"});
  check({}, 0, 0.00042, 0, 0.0005, {"0.0000", "0.0001", "0.0002", "0.0003", "0.0004", "0.0005"});
  check({.range = {{0, 1}}}, 5, 9, 0, 1, {"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  check({.scale = Scale::logarithmic}, 0.03, 3, 0.02, 5,
        {"0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"});
  check({.scale = Scale::logarithmic}, 1e-9, 1, 1e-9, 1, {"10⁻⁹", "10⁻⁷", "10⁻⁵", "0.001", "0.1"});
  check({.scale = Scale::logarithmic}, 7, 7, 5, 10, {"5", "10"});
  check({.scale = Scale::logarithmic}, 2e5, 2e5, 1e5, 5e5, {"10⁵", "2·10⁵", "5·10⁵"});
  check({.scale = Scale::logarithmic}, 8e3, 6e4, 5e3, 1e5,
        {"5000", "10000", "20000", "50000", "10⁵"});
  check({}, 0, 1.8e7, 0, 2e7, {"0", "5·10⁶", "10⁷", "1.5·10⁷", "2·10⁷"});
  // Ticks that are given have 4 % of room on both sides.
  check({.ticks = {0, 5}}, 1, 3, -0.2, 5.2, {"0", "5"});
  check({.scale = Scale::logarithmic, .ticks = {1, 16, 256}}, 1, 256, std::pow(256, -0.04),
        std::pow(256, 1.04), {"1", "16", "256"});
  const Scaling flat = scaling_of({}, {3, 3});
  BOOST_TEST((flat.low < 3 && flat.high > 3));
}

BOOST_AUTO_TEST_CASE(points_stand_where_their_values_say) {
  Panel panel = panel_of({Points{.name = "", .points = {{0, 0}, {1, 1}, {2, 0.25}, {4, 1}}}});
  panel.x.range = {{0, 4}};
  panel.y.range = {{0, 1}};
  const auto lines = strokes(drawn(panel), 0);
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  const std::vector<Position>& at = lines[0];
  BOOST_TEST_REQUIRE(at.size() == 4U);
  // Chart's plots are 340 points wide and 250 high; y grows downwards on the page.
  BOOST_CHECK_CLOSE(at[1].x - at[0].x, 85, 0.01);
  BOOST_CHECK_CLOSE(at[3].x - at[0].x, 340, 0.01);
  BOOST_CHECK_CLOSE(at[0].y - at[1].y, 250, 0.01);
  BOOST_CHECK_CLOSE(at[0].y - at[2].y, 62.5, 0.01);
}

BOOST_AUTO_TEST_CASE(factors_are_distances_on_logarithmic_axes) {
  Panel panel = panel_of({Points{.name = "", .points = {{1, 1e-3}, {10, 1e-2}, {1000, 1}}}});
  panel.x.scale = panel.y.scale = Scale::logarithmic;
  const auto lines = strokes(drawn(panel), 0);
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  BOOST_CHECK_CLOSE(lines[0][1].x - lines[0][0].x, 340.0 / 3, 0.01);
  BOOST_CHECK_CLOSE(lines[0][0].y - lines[0][1].y, 250.0 / 3, 0.01);
  BOOST_CHECK_CLOSE(lines[0][0].y - lines[0][2].y, 250, 0.01);
}

BOOST_AUTO_TEST_CASE(bars_reach_from_base_to_top) {
  Panel panel = panel_of(
      {Bars{.name = "", .edges = {0, 1, 2, 4}, .tops = {0.5, 0, 1}},
       Bars{.name = "", .edges = {0, 1, 2, 4}, .tops = {0.75, 0, 1}, .bases = {0.5, 0, 1}}});
  panel.x.range = {{0, 4}};
  panel.y.range = {{0, 1}};
  const std::string svg = drawn(panel);
  const auto bars = strokes(svg, 0);
  BOOST_TEST_REQUIRE(bars.size() == 2U);  // none for the height of 0
  BOOST_CHECK_CLOSE(bars[0][3].x - bars[0][0].x, 85, 0.01);
  BOOST_CHECK_CLOSE(bars[0][0].y - bars[0][1].y, 125, 0.01);
  BOOST_CHECK_CLOSE(bars[1][3].x - bars[1][0].x, 170, 0.01);
  BOOST_CHECK_CLOSE(bars[1][0].y - bars[1][1].y, 250, 0.01);
  const auto gaps = strokes(svg, 1);
  BOOST_TEST_REQUIRE(gaps.size() == 1U);
  BOOST_CHECK_CLOSE(gaps[0][0].y, bars[0][1].y, 0.01);  // it stands on the first bar
  BOOST_CHECK_CLOSE(gaps[0][0].y - gaps[0][1].y, 62.5, 0.01);
}

BOOST_AUTO_TEST_CASE(bands_errors_and_references_stand_where_their_values_say) {
  Panel panel = panel_of({Band{.name = "", .x = {0, 4}, .low = {0, 0.25}, .high = {0.5, 1}},
                          Points{.name = "", .points = {{2, 0.5}}, .errors = {0.125}},
                          Reference{.name = "", .y = 0.75}});
  panel.x.range = {{0, 4}};
  panel.y.range = {{0, 1}};
  const std::string svg = drawn(panel);
  const auto bands = paths(svg, "fill", colours()[0]);
  BOOST_TEST_REQUIRE(bands.size() == 1U);
  const std::vector<Position>& band = bands[0];  // along the upper curve, back along the lower
  BOOST_CHECK_CLOSE(band[0].y - band[1].y, 125, 0.01);
  BOOST_CHECK_CLOSE(band[2].y - band[1].y, 187.5, 0.01);
  BOOST_CHECK_CLOSE(band[3].y - band[0].y, 125, 0.01);
  const double bottom = band[3].y;
  const auto errors = strokes(svg, 1);
  const auto upright = std::find_if(errors.begin(), errors.end(), [](const auto& line) {
    return line.size() == 2 && line[0].x == line[1].x;
  });
  BOOST_TEST_REQUIRE((upright != errors.end()));
  BOOST_CHECK_CLOSE(bottom - (*upright)[0].y, 250 * 0.375, 0.01);
  BOOST_CHECK_CLOSE(bottom - (*upright)[1].y, 250 * 0.625, 0.01);
  const auto references = paths(svg, "stroke", {0.45, 0.45, 0.45});
  BOOST_TEST_REQUIRE(references.size() == 1U);
  BOOST_CHECK_CLOSE(bottom - references[0].front().y, 187.5, 0.01);
  BOOST_CHECK_CLOSE(bottom - references[0].back().y, 187.5, 0.01);
}

BOOST_AUTO_TEST_CASE(the_diagonal_is_where_y_is_x) {
  Panel panel = panel_of({Reference{.name = "calibrated"}});
  panel.x.range = {{0, 1}};
  panel.y.range = {{0, 2}};
  const std::string svg = drawn(panel);
  const auto diagonal = paths(svg, "stroke", {0.45, 0.45, 0.45});
  BOOST_TEST_REQUIRE(diagonal.size() == 2U);  // and its symbol in the key
  BOOST_CHECK_CLOSE(diagonal[0].back().x - diagonal[0].front().x, 340, 0.01);
  BOOST_CHECK_CLOSE(diagonal[0].front().y - diagonal[0].back().y, 125, 0.01);
  BOOST_TEST(svg.find("stroke-dasharray") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(series_take_the_colours_in_order) {
  const Points line{.name = "", .points = {{0, 0}, {1, 1}}};
  Points third = line;
  third.colour = 2;
  const std::string svg = drawn(panel_of({line, Reference{.name = "", .y = 0}, line, third}));
  for (const std::size_t colour : {0U, 1U, 2U}) BOOST_TEST(strokes(svg, colour).size() == 1U);
  for (const std::size_t colour : {3U, 4U, 5U, 6U}) BOOST_TEST(strokes(svg, colour).empty());
}

// Every line of the key lies beneath the plot, and every panel's key within its panel.
BOOST_AUTO_TEST_CASE(keys_stand_beneath_the_panels) {
  Panel first = panel_of({});
  for (int i = 0; i < 6; ++i) {
    first.series.push_back(Points{.name = "a model with a long name", .points = {{0, 0}, {1, 1}}});
  }
  Panel second = first;
  second.series.pop_back();
  const std::string svg = drawn(Chart{.title = "T", .panels = {first, second}});
  double last = 0;
  for (std::size_t colour = 0; colour < 6; ++colour) {
    const auto lines = strokes(svg, colour);
    const std::size_t panels = colour < 5 ? 2 : 1;
    BOOST_TEST_REQUIRE(lines.size() == 2 * panels);
    for (std::size_t p = 0; p < panels; ++p) {
      const auto& curve = lines[2 * p];
      const auto& symbol = lines[2 * p + 1];
      BOOST_TEST(symbol[0].y > curve[0].y + 30);  // beneath the numbers and the label of x
      BOOST_TEST(symbol[0].x >= curve[0].x - 60);
      BOOST_TEST(symbol[1].x <= curve[1].x);
      last = std::max(last, symbol[0].y);
    }
  }
  static const std::regex height(R"rx(<svg [^>]*height="([\d.]+)pt")rx");
  std::smatch match;
  BOOST_TEST_REQUIRE(std::regex_search(svg, match, height));
  BOOST_TEST(last < std::stod(match[1]) - 10);
}

BOOST_AUTO_TEST_CASE(panels_with_the_same_key_share_it) {
  const Panel panel = panel_of({Points{.name = "a", .points = {{0, 0}, {1, 1}}},
                                Points{.name = "b", .points = {{0, 1}, {1, 0}}}});
  const std::string svg = drawn(Chart{.title = "T", .panels = {panel, panel, panel}});
  for (const std::size_t colour : {0U, 1U}) BOOST_TEST(strokes(svg, colour).size() == 3U + 1U);
}

BOOST_AUTO_TEST_CASE(what_lies_outside_a_given_range_is_not_drawn) {
  Panel panel = panel_of({Points{.name = "", .points = {{0, 0}, {1, 5}, {9, 0.5}}, .line = false}});
  panel.x.range = {{0, 4}};
  panel.y.range = {{0, 1}};
  BOOST_TEST(paths(drawn(panel), "fill", colours()[0]).size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_drawn_is_named) {
  const Points good{.name = "good", .points = {{0, 1}, {1, 2}}};
  const auto points = [](std::vector<Position> values) {
    return Points{.name = "LeNet5", .points = std::move(values)};
  };
  check_error(panel_of({}), "panel 1 \"A panel\" has no series");
  check_error(panel_of({good, points({})}),
              "panel 1 \"A panel\", series 2 \"LeNet5\" has no points");
  check_error(panel_of({points({{0, 1}, {1, kNan}})}), "series 1 \"LeNet5\": y 1 is nan");
  check_error(panel_of({points({{0, 1}, {INFINITY, 1}})}), "\"LeNet5\": x 1 is inf");
  Panel logarithmic = panel_of({points({{0, 1}, {1, 0}})});
  logarithmic.y.scale = Scale::logarithmic;
  check_error(logarithmic, "y 1 is 0, expected a finite positive");
  check_error(panel_of({Points{.name = "e", .points = {{0, 1}}, .errors = {1, 2}}}),
              "2 errors, expected 1");
  check_error(panel_of({Points{.name = "e", .points = {{0, 1}}, .errors = {kNan}}}),
              "error 0 is nan");
  check_error(panel_of({Bars{.name = "b", .edges = {0, 1}, .tops = {}}}), "\"b\" has no points");
  check_error(panel_of({Bars{.name = "b", .edges = {0, 1}, .tops = {1, 2}}}),
              "2 edges, expected 3");
  check_error(panel_of({Bars{.name = "b", .edges = {0, 1, 1}, .tops = {1, 2}}}), "do not ascend");
  check_error(panel_of({Bars{.name = "b", .edges = {0, 1}, .tops = {kNan}}}), "top 0 is nan");
  check_error(panel_of({Band{.name = "b", .x = {}, .low = {}, .high = {}}}), "has no points");
  check_error(panel_of({Band{.name = "b", .x = {0, 1}, .low = {0}, .high = {1, 1}}}),
              "1 low values, expected 2");
  check_error(panel_of({Band{.name = "b", .x = {0}, .low = {0}, .high = {kNan}}}),
              "high value 0 is nan");
  check_error(panel_of({good, Reference{.name = "r", .y = kNan}}), "height 0 is nan");
  Panel ranged = panel_of({good});
  ranged.x.range = {{1, 1}};
  check_error(ranged, "the range 1…1 of x");
  const TemporaryFolder folder;
  BOOST_CHECK_THROW(draw({.title = "T"}, folder.path() / "chart"), ValueError);
  BOOST_CHECK_THROW(draw({.title = "T", .panels = {panel_of({good})}}, "/nonexistent/chart"),
                    FileError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

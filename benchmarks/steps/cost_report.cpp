// Cost curves as a table and as JSON, and the search for cliffs.
#include "benchmarks/steps/cost_report.hpp"

#include "framework/base/markdown.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

// About four digits.
std::string number(double value) {
  return fmt::format("{:.{}f}", value, value < 1 ? 4 : value < 10 ? 3 : value < 100 ? 2 : 1);
}

std::string table(const CostCurve& curve) {
  const bool short_each = std::all_of(curve.points.begin(), curve.points.end(),
                                      [](const CostPoint& p) { return p.milliseconds_each() < 1; });
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const CostPoint& p = curve.points[i];
    rows.push_back({std::to_string(p.size), number(p.milliseconds) + " ms",
                    short_each ? number(1e3 * p.milliseconds_each()) + " µs"
                               : number(p.milliseconds_each()) + " ms",
                    i > 0 ? fmt::format("{:.2f}", growth(curve.points[i - 1], p)) : ""});
  }
  using enum MarkdownColumn::Align;
  return markdown_table({{curve.size, right, 6},
                         {"time", right, 11},
                         {"per " + curve.unit, right, 11},
                         {"factor", right, 6}},
                        rows);
}

Json to_json(const CostCurve& curve) {
  Json points = Json::array();
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const CostPoint& p = curve.points[i];
    Json point{{"size", p.size},
               {"median_ms", p.milliseconds},
               {"least_ms", p.least},
               {"repeats", p.repeats},
               {"ms_each", p.milliseconds_each()}};
    if (i > 0) point["factor"] = growth(curve.points[i - 1], p);
    points.push_back(std::move(point));
  }
  Json steep = Json::array();
  for (const std::size_t i : cliffs(curve)) steep.push_back(curve.points[i].size);
  return {{"work", curve.work},
          {"size", curve.size},
          {"unit", curve.unit},
          {"points", std::move(points)},
          {"cliffs_at", std::move(steep)}};
}

}  // namespace

double growth(const CostPoint& before, const CostPoint& point) {
  return 2 * point.milliseconds_each() / before.milliseconds_each();
}

std::vector<std::size_t> cliffs(const CostCurve& curve) {
  std::vector<std::size_t> found;
  for (std::size_t i = 1; i < curve.points.size(); ++i) {
    if (growth(curve.points[i - 1], curve.points[i]) > kCliff) found.push_back(i);
  }
  return found;
}

std::string cost_text(const CostCurves& curves) {
  std::string text;
  std::string lines;
  for (const CostCurve& curve : curves.curves) {
    text += curve.work + "\n" + table(curve) + "\n";
    for (const std::size_t i : cliffs(curve)) {
      const CostPoint& before = curve.points[i - 1];
      lines += fmt::format("cliff: {}, {} {} to {}: factor {:.2f}\n", curve.work, curve.size,
                           before.size, curve.points[i].size, growth(before, curve.points[i]));
    }
  }
  text += "factor: how much the time grew for twice the work; 2 is proportional\n";
  return text + (lines.empty() ? fmt::format("no cliff: no factor above {}\n", kCliff) : lines);
}

std::string cost_json(const CostCurves& curves) {
  Json json{{"version", 1},
            {"model", curves.model},
            {"family", file_name(curves.family)},
            {"device", curves.device},
            {"description", curves.description},
            {"precision", curves.precision},
            {"threads", curves.threads},
            {"curves", Json::array()}};
  for (const auto& [name, value] : curves.program) json["program"][name] = value;
  for (const CostCurve& curve : curves.curves) json["curves"].push_back(to_json(curve));
  // The command may hold any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace credence::benchmarks

// The variances of gradients in tables, in JSON and in a figure.
#include "benchmarks/steps/gradient_report.hpp"

#include "benchmarks/common/chart.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/markdown.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

// The two groups that are reported.
struct Group {
  const char* name;
  nn::Role role;
};
constexpr Group kGroups[] = {{"means", nn::Role::weight}, {"spreads", nn::Role::spread}};

// One digit of the error, and as many decimals of the value.
std::string share_text(const Estimate& share) {
  const double digit = std::floor(std::log10(share.error));
  const int decimals = std::isfinite(digit) ? std::max(0, static_cast<int>(-digit)) : 3;
  return fmt::format("{:.{}f} ± {:.{}f}", share.value, decimals, share.error, decimals);
}

std::string size_table(const GradientStudy& study) {
  using enum MarkdownColumn::Align;
  std::vector<MarkdownColumn> columns{{"batch size", right}, {"estimator", left}};
  for (const Group& group : kGroups) {
    columns.push_back({std::string("variance, ") + group.name, right});
    columns.push_back({"relative", right});
  }
  columns.push_back({"distance of means", right});
  std::vector<std::vector<std::string>> rows;
  for (const GradientPoint& point : study.points) {
    for (std::size_t i = 0; i < study.estimators.size(); ++i) {
      const GradientMoments& moments = point.moments[i];
      const GradientMoments& first = point.moments.front();
      std::vector<std::string> row{std::to_string(point.batch_size), study.estimators[i]};
      for (const Group& group : kGroups) {
        const Estimate variance = moments.variance({.role = group.role});
        row.push_back(fmt::format("{:.3e}", variance.value));
        row.push_back(i == 0 ? "1"
                             : share_text(ratio(variance, first.variance({.role = group.role}))));
      }
      row.push_back(i == 0 ? ""
                           : fmt::format("{:.2f}", distance_in_standard_errors(moments, first)));
      rows.push_back(std::move(row));
    }
  }
  return markdown_table(columns, rows);
}

// Of the largest batch.
std::string layer_table(const GradientStudy& study) {
  using enum MarkdownColumn::Align;
  const GradientPoint& point = study.points.back();
  std::vector<MarkdownColumn> columns{{"layer", left}};
  for (std::size_t i = 1; i < study.estimators.size(); ++i) {
    for (const Group& group : kGroups) {
      columns.push_back({study.estimators[i] + ", " + group.name, right});
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const std::string& layer : point.moments.front().layers()) {
    std::vector<std::string> row{layer};
    for (std::size_t i = 1; i < study.estimators.size(); ++i) {
      for (const Group& group : kGroups) {
        const ParameterGroup part{group.role, layer};
        row.push_back(
            share_text(ratio(point.moments[i].variance(part), point.moments[0].variance(part))));
      }
    }
    rows.push_back(std::move(row));
  }
  return markdown_table(columns, rows);
}

std::string agreement_text(const GradientStudy& study) {
  double largest = 0;
  std::string lines;
  for (const GradientPoint& point : study.points) {
    for (std::size_t i = 1; i < study.estimators.size(); ++i) {
      const double distance = distance_in_standard_errors(point.moments[i], point.moments[0]);
      largest = std::max(largest, distance);
      if (distance <= kFarApart) continue;
      lines += fmt::format("the mean gradients differ: {}, batch size {}: {:.2f} standard errors\n",
                           study.estimators[i], point.batch_size, distance);
    }
  }
  return lines.empty() ? fmt::format(
                             "the mean gradients agree: at most {:.2f} standard errors apart "
                             "(about 1 where they are equal, limit {})\n",
                             largest, kFarApart)
                       : lines;
}

std::string settings_text(const GradientStudy& study) {
  return fmt::format(
      "{}, {}, Gaussian posterior with log σ² = {:g}, {}; {} of {}", study.model, study.activation,
      study.log_variance,
      study.epochs == 0 ? "random weights" : "trained for " + counted(study.epochs, "epoch"),
      counted(study.points.back().batch_size, "image"), study.dataset);
}

Json to_json(const Estimate& estimate) {
  return {{"value", estimate.value}, {"error", estimate.error}};
}

Json to_json(const GradientStudy& study, const GradientPoint& point, std::size_t estimator) {
  const GradientMoments& moments = point.moments[estimator];
  const GradientMoments& first = point.moments.front();
  Json json{{"name", study.estimators[estimator]}};
  const auto add = [&](Json& to, const std::optional<std::string>& layer) {
    for (const Group& group : kGroups) {
      const Estimate variance = moments.variance({group.role, layer});
      to[group.name] = {
          {"variance", to_json(variance)},
          {"relative", to_json(ratio(variance, first.variance({group.role, layer})))}};
    }
    if (estimator == 0) return;
    to["distance_of_means"] = distance_in_standard_errors(moments, first, {.layer = layer});
  };
  add(json, {});
  for (const std::string& layer : moments.layers()) add(json["layers"][layer], layer);
  return json;
}

}  // namespace

Estimate ratio(const Estimate& a, const Estimate& b) {
  const double value = a.value / b.value;
  return {value, std::abs(value) * std::hypot(a.error / a.value, b.error / b.value)};
}

std::string gradient_text(const GradientStudy& study) {
  const GradientMoments& any = study.points.back().moments.front();
  return fmt::format(
      "{}\n{}\nvariance of the gradient of the mean NLL over {} for each batch, summed over the "
      "weights' means and over their spreads\n\n{}\nrelative to {}, batch size {}, by "
      "layer\n\n{}\n{}",
      settings_text(study), study.device, counted(any.draws, "draw"), size_table(study),
      study.estimators.front(), study.points.back().batch_size, layer_table(study),
      agreement_text(study));
}

std::string gradient_json(const GradientStudy& study) {
  Json json{{"version", 1},
            {"model", study.model},
            {"activation", study.activation},
            {"log_variance", study.log_variance},
            {"dataset", study.dataset},
            {"epochs", study.epochs},
            {"device", study.device},
            {"points", Json::array()}};
  for (const auto& [name, value] : study.program) json["program"][name] = value;
  for (const GradientPoint& point : study.points) {
    Json entry{{"batch_size", point.batch_size},
               {"batches", point.moments.front().batches},
               {"draws", point.moments.front().draws},
               {"estimators", Json::array()}};
    for (std::size_t i = 0; i < study.estimators.size(); ++i) {
      entry["estimators"].push_back(to_json(study, point, i));
    }
    json["points"].push_back(std::move(entry));
  }
  // The command may hold any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void draw_gradient_variance(const GradientStudy& study, const std::filesystem::path& stem) {
  chart::Chart figure{.title = "Noise of the gradient of the mean NLL",
                      .subtitle = settings_text(study) + "; " + study.device};
  for (const Group& group : kGroups) {
    chart::Panel panel{.heading = std::string("Weights' ") + group.name,
                       .x = {.label = "batch size", .scale = chart::Scale::logarithmic},
                       .y = {.label = "variance of the gradient, summed over parameters",
                             .scale = chart::Scale::logarithmic},
                       .series = {}};
    for (const GradientPoint& point : study.points) {
      panel.x.ticks.push_back(static_cast<double>(point.batch_size));
    }
    for (std::size_t i = 0; i < study.estimators.size(); ++i) {
      chart::Points curve{.name = study.estimators[i], .points = {}, .dots = true};
      for (const GradientPoint& point : study.points) {
        const Estimate variance = point.moments[i].variance({.role = group.role});
        curve.points.push_back({static_cast<double>(point.batch_size), variance.value});
        curve.errors.push_back(variance.error);
      }
      panel.series.push_back(std::move(curve));
    }
    figure.panels.push_back(std::move(panel));
  }
  chart::draw(figure, stem);
}

}  // namespace credence::benchmarks

#include "benchmarks/driver/turned.hpp"

#include "bayes/uncertainty.hpp"
#include "benchmarks/driver/pretrained.hpp"
#include "benchmarks/driver/uncertainty_figures.hpp"
#include "data/rotation.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/status_line.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr int kAngles = 12;
constexpr double kStep = 30;
constexpr std::int64_t kGridImages = 12;
constexpr std::int64_t kTurnedImages = 200;

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t last = values.size() - 1;
  return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()),
          values[last / 4], values[last - last / 4]};
}

TurnedImage describe(const data::Dataset& dataset, const Tensor& turned,
                     const bayes::Uncertainty& uncertainty, std::int64_t n) {
  const std::int64_t classes = dataset.classes;
  const std::int64_t prediction = uncertainty.prediction.data<std::int64_t>()[n];
  const Tensor epistemic = uncertainty.epistemic.slice(n, n + 1);
  const Shape& shape = turned.shape();
  return {turned.slice(n, n + 1).reshape({shape[1], shape[2], shape[3]}),
          class_name(dataset.class_names, dataset.labels.data<std::int64_t>()[n]),
          class_name(dataset.class_names, prediction),
          epistemic.to_vector<double>()[static_cast<std::size_t>(prediction * (classes + 1))]};
}

Band band(const std::string& name, const std::vector<AngleScores>& angles,
          Spread AngleScores::*which) {
  Band band{name, {}, {}, {}};
  for (const AngleScores& scores : angles) {
    band.mean.push_back((scores.*which).mean);
    band.low.push_back((scores.*which).low);
    band.high.push_back((scores.*which).high);
  }
  return band;
}

}  // namespace

TurnedResult run_turned(const Options& options, const Images& images) {
  const Parts parts = deal(options, images);
  TrainedModel trained = train_or_load(options, parts, Family::bayesian);
  const NamedModel& model = trained.model;
  TurnedResult result{.dataset = images.train.name, .where = images.where};
  result.inputs = inputs_of(options, parts);
  result.training = std::move(trained.result);
  result.turned_images = std::min(kTurnedImages, images.test.size());
  const Tensor upright = images.test.images.slice(0, result.turned_images);
  TurnedGrid grid{fmt::format("Bayesian {} on {}: test images turned, {}", options.model,
                              result.dataset, counted(options.samples, "sample")),
                  {},
                  {}};
  grid.rows.resize(static_cast<std::size_t>(std::min(kGridImages, result.turned_images)));
  StatusLine line(options.progress);
  for (int i = 0; i < kAngles; ++i) {
    const double angle = kStep * i;
    line.show(bar_text(to_string(Family::bayesian),
                       fmt::format("{} turned, {}", counted(result.turned_images, "test image"),
                                   counted(options.samples, "sample")),
                       static_cast<double>(i) / kAngles, {fmt::format("by {:g} degrees", angle)},
                       line.columns()));
    const Tensor turned = data::rotate(upright, angle);
    const bayes::Uncertainty uncertainty =
        bayes::uncertainty(*model.module, to_float(turned), {.samples = options.samples});
    const std::int64_t right = train::count_correct(
        uncertainty.probabilities, images.test.labels.slice(0, result.turned_images));
    result.angles.push_back({angle,
                             static_cast<double>(right) / static_cast<double>(result.turned_images),
                             spread_of(uncertainty.epistemic_trace.to_vector<double>()),
                             spread_of(uncertainty.aleatoric_trace.to_vector<double>())});
    grid.angles.push_back(angle);
    for (std::size_t row = 0; row < grid.rows.size(); ++row) {
      grid.rows[row].push_back(
          describe(images.test, turned, uncertainty, static_cast<std::int64_t>(row)));
    }
  }
  if (options.out) {
    draw_grid(grid, *options.out / "turned");
    draw_curves({fmt::format("Bayesian {} on {}: {} turned", options.model, result.dataset,
                             counted(result.turned_images, "test image")),
                 grid.angles,
                 {band("epistemic uncertainty", result.angles, &AngleScores::epistemic),
                  band("aleatoric uncertainty", result.angles, &AngleScores::aleatoric)}},
                *options.out / "angles");
  }
  return result;
}

}  // namespace credence::benchmarks

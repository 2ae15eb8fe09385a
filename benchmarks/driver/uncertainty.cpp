// Task uncert: its run, its table, its JSON and its entry in the list of tasks.
#include "benchmarks/driver/uncertainty.hpp"

#include "bayes/uncertainty.hpp"
#include "benchmarks/driver/pretrained.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/task.hpp"
#include "benchmarks/driver/uncertainty_figures.hpp"
#include "data/rotation.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/markdown.hpp"
#include "framework/base/status_line.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

constexpr int kAngles = 12;
constexpr double kStep = 30;
constexpr std::int64_t kGridImages = 12;
constexpr std::int64_t kRotatedImages = 200;

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t last = values.size() - 1;
  return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()),
          values[last / 4], values[last - last / 4]};
}

RotatedImage describe(const data::Dataset& dataset, const Tensor& rotated,
                      const bayes::Uncertainty& uncertainty, std::int64_t n) {
  const std::int64_t classes = dataset.classes;
  const std::int64_t prediction = uncertainty.prediction.data<std::int64_t>()[n];
  const Tensor epistemic = uncertainty.epistemic.slice(n, n + 1);
  const Shape& shape = rotated.shape();
  return {rotated.slice(n, n + 1).reshape({shape[1], shape[2], shape[3]}),
          class_name(dataset.class_names, dataset.targets.data<std::int64_t>()[n]),
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

UncertaintyResult run_uncertainty(const Options& options, const Images& images) {
  const Parts parts = parts_of(options, images);
  TrainedModel trained = train_or_load(options, parts, Family::bayesian);
  const NamedModel& model = trained.model;
  UncertaintyResult result{.dataset = images.train.name, .where = images.where};
  result.inputs = inputs_of(options, parts);
  result.training = std::move(trained.result);
  result.rotated_images = std::min(kRotatedImages, images.test.size());
  const Tensor upright = images.test.inputs.slice(0, result.rotated_images);
  RotationGrid grid{fmt::format("Bayesian {} on {}: test images turned, {}", options.model,
                                result.dataset, counted(options.samples, "sample")),
                    {},
                    {}};
  grid.rows.resize(static_cast<std::size_t>(std::min(kGridImages, result.rotated_images)));
  StatusLine line(options.progress);
  for (int i = 0; i < kAngles; ++i) {
    const double angle = kStep * i;
    line.show(bar_text(to_string(Family::bayesian),
                       fmt::format("{} turned, {}", counted(result.rotated_images, "test image"),
                                   counted(options.samples, "sample")),
                       static_cast<double>(i) / kAngles, {fmt::format("by {:g} degrees", angle)},
                       line.columns()));
    const Tensor rotated = data::rotate(upright, angle);
    const bayes::Uncertainty uncertainty = bayes::uncertainty(
        *model.module, to_float(rotated, parts.normalize), {.samples = options.samples});
    const std::int64_t right = train::count_correct(
        uncertainty.probabilities, images.test.targets.slice(0, result.rotated_images));
    result.angles.push_back(
        {angle, static_cast<double>(right) / static_cast<double>(result.rotated_images),
         spread_of(uncertainty.epistemic_trace.to_vector<double>()),
         spread_of(uncertainty.aleatoric_trace.to_vector<double>())});
    grid.angles.push_back(angle);
    for (std::size_t row = 0; row < grid.rows.size(); ++row) {
      grid.rows[row].push_back(
          describe(images.test, rotated, uncertainty, static_cast<std::int64_t>(row)));
    }
  }
  if (options.out) {
    draw_grid(grid, *options.out / "turned");
    draw_curves({fmt::format("Bayesian {} on {}: {} turned", options.model, result.dataset,
                             counted(result.rotated_images, "test image")),
                 grid.angles,
                 {band("epistemic uncertainty", result.angles, &AngleScores::epistemic),
                  band("aleatoric uncertainty", result.angles, &AngleScores::aleatoric)}},
                *options.out / "angles");
  }
  return result;
}

std::string uncertainty_table(const Options& options, const UncertaintyResult& result) {
  std::vector<std::vector<std::string>> rows;
  const auto quartiles = [](const Spread& s) {
    return fmt::format("{:.4f} {:.4f}", s.low, s.high);
  };
  for (const AngleScores& scores : result.angles) {
    rows.push_back({fmt::format("{:g}", scores.angle), percent(scores.accuracy),
                    fmt::format("{:.4f}", scores.epistemic.mean), quartiles(scores.epistemic),
                    fmt::format("{:.4f}", scores.aleatoric.mean), quartiles(scores.aleatoric)});
  }
  return fmt::format("Bayesian {} on {}: {} on the upright test set\n\n", options.model,
                     result.dataset, percent(result.training.last.accuracy())) +
         markdown_table(
             {{"angle"}, {"accuracy"}, {"epistemic"}, {"quartiles"}, {"aleatoric"}, {"quartiles"}},
             rows) +
         fmt::format(
             "\n{} turned by each angle (degrees), {}; traces of the covariance matrices.\n",
             counted(result.rotated_images, "test image"), counted(options.samples, "sample"));
}

std::string uncertainty_json(const Options& options, const UncertaintyResult& result) {
  using Json = nlohmann::ordered_json;
  Json json = head_json(options, result.dataset, result.where, result.inputs);
  json["turned_images"] = result.rotated_images;
  json["family"] = family_json(options, result.training);
  const auto spread = [](const Spread& s) {
    return Json{{"mean", s.mean}, {"lower_quartile", s.low}, {"upper_quartile", s.high}};
  };
  for (const AngleScores& scores : result.angles) {
    json["angles"].push_back({{"angle", scores.angle},
                              {"accuracy", scores.accuracy},
                              {"samples", options.samples},
                              {"epistemic", spread(scores.epistemic)},
                              {"aleatoric", spread(scores.aleatoric)}});
  }
  return text_of(json);
}

Task uncertainty_task() {
  return {.name = "uncert",
          .help = "train the Bayesian model and draw its uncertainty about turned test images",
          .models = 1,
          .pretrained = PretrainedUse{{Family::bayesian}, "draw the figures of this Bayesian one"},
          .files = [](const Options& options) -> std::vector<std::string> {
            std::vector<std::string> files{"turned.png", "turned.svg", "angles.png", "angles.svg"};
            if (!options.pretrained) files.insert(files.begin(), "bayesian.safetensors");
            return files;
          },
          .training_text =
              [](const Options& options) {
                return options.pretrained
                           ? "model from " + options.pretrained->string()
                           : training_text(options, counted(options.epochs, "epoch"));
              },
          .run = [](const Options& options, const Images& images) -> Report {
            const UncertaintyResult result = run_uncertainty(options, images);
            return {uncertainty_table(options, result), uncertainty_json(options, result)};
          }};
}

}  // namespace credence::benchmarks

// Task regress: its run and its entry in the list of tasks.
#include "benchmarks/driver/regression.hpp"

#include "bayes/likelihood/regression.hpp"
#include "benchmarks/driver/pretrained.hpp"
#include "benchmarks/driver/stoppable_source.hpp"
#include "benchmarks/driver/tables.hpp"
#include "benchmarks/driver/task.hpp"
#include "data/curve.hpp"
#include "data/loader.hpp"
#include "zoo/architecture_entry.hpp"
#include "zoo/regression_net.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace credence::benchmarks {
namespace {

// Of the curve: as many as examples/regression_1d has, and a tenth more to choose an epoch by.
constexpr std::int64_t kCurvePoints = 330;
constexpr std::int64_t kCurveTestPoints = 300;
// Posterior samples of the figure: fewer would make the bands jagged.
constexpr std::int64_t kGridSamples = 4000;
constexpr std::int64_t kGridSteps = 241;

RunSets curve_sets(std::uint64_t seed) {
  const Generator generator = Generator(seed).split("curve");
  return with_checksum(data::curve_points(kCurvePoints, generator.split("training")),
                       data::curve_points(kCurveTestPoints, generator.split("held out")),
                       "drawn by the program");
}

NamedModel make_regression_model(const Options& options, const Parts& parts, Family family) {
  // With softplus, the Bayesian family's own, the net of a few hundred rows stays nearly linear.
  const ModelOptions chosen{.name = options.model,
                            .activation = options.activation.value_or(nn::Activation::relu()),
                            .variational = variational_of(options.variational)};
  const Generator generator = Generator(options.seed).split("model");
  if (!options.regression_data) {
    const auto bumps = [](const ModelOptions&, const Generator& weights, const auto& layers) {
      return zoo::BumpModel(weights, layers);
    };
    NamedModel model = zoo::for_both_families(bumps)(chosen, family, generator);
    model.activation = nn::Activation([](const Variable& x) { return x; }, "none");
    return model;
  }
  const data::Dataset& train = parts.sets.train;
  const zoo::RegressionNetOptions scales{.inputs = scale_of(train.inputs, parts.training),
                                         .target = scale_of(train.targets, parts.training)};
  const auto net = [&](const ModelOptions&, const Generator& weights, const auto& layers) {
    return zoo::RegressionNet(scales, weights, layers);
  };
  return zoo::for_both_families(net)(chosen, family, generator);
}

std::int64_t passes_of(const Options& options, Family family) {
  return family == Family::bayesian ? options.samples : 0;
}

double mean_root(const Tensor& variances) {
  double sum = 0;
  for (const double variance : variances.to_vector<double>()) sum += std::sqrt(variance);
  return sum / static_cast<double>(variances.numel());
}

// From a little below the smallest to a little above the largest of the training set; of the
// synthetic curve all that is drawn of it.
std::pair<double, double> range_of(const Options& options, const Tensor& inputs) {
  if (!options.regression_data) return {data::kCurveLow, data::kCurveHigh};
  const std::vector<double> x = inputs.to_vector<double>();
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  const double margin = *low < *high ? 0.15 * (*high - *low) : 1;
  return {*low - margin, *high + margin};
}

PredictedCurve predicted_curve(nn::Module& model, std::pair<double, double> range,
                               std::int64_t samples) {
  PredictedCurve curve;
  std::vector<float> grid;
  for (std::int64_t i = 0; i < kGridSteps; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(kGridSteps - 1);
    curve.x.push_back(range.first + share * (range.second - range.first));
    grid.push_back(static_cast<float>(curve.x.back()));
  }
  const bayes::PredictiveMoments moments =
      bayes::predictive_moments(model, Tensor::from({kGridSteps, 1}, grid).to(nn::device_of(model)),
                                bayes::GaussianLikelihood{}, {.samples = samples});
  curve.mean = moments.mean.to_vector<double>();
  const std::vector<double> epistemic = moments.epistemic.to_vector<double>();
  const std::vector<double> aleatoric = moments.aleatoric.to_vector<double>();
  for (std::size_t i = 0; i < grid.size(); ++i) {
    curve.epistemic.push_back(std::sqrt(epistemic[i]));
    curve.total.push_back(std::sqrt(epistemic[i] + aleatoric[i]));
  }
  return curve;
}

double mean_where(const PredictedCurve& curve, const std::function<bool(double)>& is_there) {
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    if (!is_there(curve.x[i])) continue;
    sum += curve.epistemic[i];
    count += 1;
  }
  return sum / count;
}

// Every twentieth, with 50, 90 and 95 % among them.
std::vector<double> interval_levels() {
  std::vector<double> levels;
  for (int i = 1; i < 20; ++i) levels.push_back(i / 20.0);
  return levels;
}

// All rows make one batch, so that both calls draw the same noise for a row.
void predict(const Options& options, const RunSets& sets, const TrainedModel& trained,
             FamilyRegression& result) {
  nn::Module& model = *trained.model.module;
  const Family family = trained.result.family;
  const bayes::PredictOptions passes{.samples = passes_of(options, family)};
  const bayes::GaussianLikelihood likelihood;
  const std::function<bool()> stop = interruption_requested;
  data::Loader rows(sets.test, {.batch_size = sets.test.size(), .device = nn::device_of(model)});
  StoppableSource source(rows, stop);
  result.report = bayes::regression_report(model, source, likelihood, passes, interval_levels());
  const bayes::PredictiveMoments moments =
      bayes::predictive_moments(model, rows.dataset().inputs, likelihood, passes);
  result.predicted = moments.mean.to_vector<double>();
  result.epistemic_deviation = mean_root(moments.epistemic);
  result.aleatoric_deviation = mean_root(moments.aleatoric);
  if (sets.train.inputs.shape()[1] > 1) return;
  result.curve = predicted_curve(model, range_of(options, sets.train.inputs),
                                 family == Family::bayesian ? kGridSamples : 0);
  if (options.regression_data || family == Family::frequentist) return;
  result.gap = GapDeviations{mean_where(*result.curve, data::curve_has_gap),
                             mean_where(*result.curve, data::curve_has_points)};
}

RecipeDefaults defaults_of(const Options& options) {
  // The curve's weights need some 3000 steps.
  return options.regression_data
             ? table_recipe()
             : RecipeDefaults{.batch_size = 32, .from_random = {300, 2e-2, 2e-2}, .from_weights{}};
}

}  // namespace

RegressionResult run_regression(const Options& options, const RunSets& sets) {
  const Parts parts = parts_of(options, sets);
  RegressionResult result{.data = data_of(options, parts)};
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    const TrainedModel trained = train_or_load(options, parts, family);
    FamilyRegression& entry = result.families.emplace_back();
    entry.training = trained.result;
    try {
      predict(options, sets, trained, entry);
    } catch (const train::Interrupted&) {
      throw interrupted(options, file_name(family));
    }
  }
  if (options.out) {
    draw_predictions(sets, result, *options.out / "predictions");
    draw_coverage(result, *options.out / "coverage");
  }
  return result;
}

Task regression_task() {
  return {
      .name = "regress",
      .help =
          "train both families on numbers, a synthetic curve with a gap in its data or the table "
          "of --dataset, and compare errors, intervals and both uncertainties (predict "
          "and evaluate do not take these models)",
      .models = 2,
      .own_data =
          OwnData{.model = [](const Options& options) -> std::string {
                    return options.regression_data ? "RegressionNet" : "BumpModel";
                  },
                  .takes_activation =
                      [](const Options& options) { return options.regression_data.has_value(); },
                  .defaults = defaults_of,
                  .posterior = "gaussian",
                  .find =
                      [](const Options& options) {
                        return options.regression_data ? table_sets(*options.regression_data,
                                                                    options.seed, options.target)
                                                       : curve_sets(options.seed);
                      },
                  .make_model = make_regression_model},
      .regression_data = true,
      .files = [](const Options& options) -> std::vector<std::string> {
        return with_checkpoints(
            options, {"predictions.png", "predictions.svg", "coverage.png", "coverage.svg"});
      },
      .training_text = pair_training_text,
      .run = [](const Options& options, const RunSets& sets) -> Report {
        const RegressionResult result = run_regression(options, sets);
        return {regression_tables(result), regression_json(options, result)};
      }};
}

}  // namespace credence::benchmarks

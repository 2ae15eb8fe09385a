// A curve with a gap in its data: the mean, the uncertainty that comes from the noise of the data,
// and the uncertainty that comes from the weights, which is large where there are no data.
//
//   regression_1d [STEM]     prints the report, and draws STEM.png and STEM.svg where it is given
//
// The curve is in data/curve.hpp. The model is that of zoo/regression_net.hpp which is linear in 30
// fixed bumps, and begins with means of 0.
#include "benchmarks/common/chart.hpp"
#include "credence.hpp"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace credence;

constexpr std::int64_t kPoints = 300;

// The predictions on a grid, with the bands: ± 1.6449 deviations hold 90 % of a normal
// distribution.
struct Curve {
  std::vector<double> x, mean, epistemic, total;
};

Curve predictions(nn::Module& model) {
  constexpr std::int64_t kSteps = 241;
  std::vector<float> grid;
  for (std::int64_t i = 0; i < kSteps; ++i) {
    grid.push_back(static_cast<float>(data::kCurveLow + (data::kCurveHigh - data::kCurveLow) *
                                                            static_cast<double>(i) / (kSteps - 1)));
  }
  const bayes::PredictiveMoments moments = bayes::predictive_moments(
      model, Tensor::from({kSteps, 1}, grid), bayes::GaussianLikelihood{}, {.samples = 4000});
  Curve result;
  result.mean = moments.mean.to_vector<double>();
  const std::vector<double> epistemic = moments.epistemic.to_vector<double>();
  const std::vector<double> aleatoric = moments.aleatoric.to_vector<double>();
  for (std::size_t i = 0; i < grid.size(); ++i) {
    result.x.push_back(static_cast<double>(grid[i]));
    result.epistemic.push_back(std::sqrt(epistemic[i]));
    result.total.push_back(std::sqrt(epistemic[i] + aleatoric[i]));
  }
  return result;
}

// The mean epistemic deviation in the gap, divided by that where there are data.
double gap_ratio(const Curve& curve) {
  double gap = 0;
  double data = 0;
  int gap_points = 0;
  int data_points = 0;
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    const bool on_data = data::curve_has_points(curve.x[i]);
    if (!on_data && !data::curve_has_gap(curve.x[i])) continue;
    (on_data ? data : gap) += curve.epistemic[i];
    ++(on_data ? data_points : gap_points);
  }
  return (gap / gap_points) / (data / data_points);
}

benchmarks::chart::Band band(const std::string& name, const Curve& curve,
                             const std::vector<double>& deviation, std::size_t colour) {
  benchmarks::chart::Band result{.name = name, .x = curve.x, .colour = colour};
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    result.low.push_back(curve.mean[i] - 1.6449 * deviation[i]);
    result.high.push_back(curve.mean[i] + 1.6449 * deviation[i]);
  }
  return result;
}

void draw(const Curve& predicted, const data::Dataset& training, const std::string& stem) {
  using namespace benchmarks;
  chart::Points mean{.name = "predictive mean", .colour = 0};
  chart::Points truth{.name = "the curve", .colour = 3};
  for (std::size_t i = 0; i < predicted.x.size(); ++i) {
    mean.points.push_back({predicted.x[i], predicted.mean[i]});
    truth.points.push_back({predicted.x[i], data::curve_mean(predicted.x[i])});
  }
  chart::Points data{.name = "data", .line = false, .dots = true, .colour = 2};
  const std::vector<double> x = training.inputs.to_vector<double>();
  const std::vector<double> y = training.targets.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) data.points.push_back({x[i], y[i]});
  chart::Panel panel{.x = {.label = "x"}, .y = {.label = "y", .range = {{-2.5, 2.5}}}};
  panel.series = {band("90 %, epistemic and aleatoric", predicted, predicted.total, 1),
                  band("90 %, epistemic", predicted, predicted.epistemic, 0), data, truth, mean};
  chart::draw(
      {.title = "A curve with a gap in its data",
       .subtitle = "Bayesian linear model of 30 bumps; both bands are central 90 % intervals",
       .panels = {panel},
       .columns = 1,
       .plot_width = 620,
       .plot_height = 330},
      stem);
}

}  // namespace

int main(int argc, char** argv) {
  const Generator seed(1);
  const data::Dataset training = data::curve_points(kPoints, seed.split("training"));
  data::Loader batches(training, {.batch_size = kPoints});
  data::Loader held_out(data::curve_points(kPoints, seed.split("held out")),
                        {.batch_size = kPoints});

  // Two outputs: the mean of y, and the logarithm of its noise's variance (heteroscedastic).
  nn::LinearOptions at_zero;
  at_zero.weight_init = nn::init::constant(0);
  at_zero.bias_init = nn::init::constant(0);
  nn::Sequential model(zoo::Bumps(30, data::kCurveLow, data::kCurveHigh, 0.2),
                       bayes::BayesianLinear(30, 2, at_zero, bayes::Gaussian{.log_variance = -6},
                                             seed.split("model")));
  train::fit(model, batches,
             {.epochs = 3000,
              .optimizer = optim::Adam{.learning_rate = 0.02},
              .schedule = optim::cosine(),
              .objective = bayes::Elbo{.warm_up = 0.5, .likelihood = bayes::GaussianLikelihood{}},
              .progress = false});

  const bayes::RegressionReport report =
      bayes::regression_report(model, held_out, bayes::GaussianLikelihood{}, {.samples = 100});
  const Curve predicted = predictions(model);
  std::printf("held-out points: RMSE %.3f, NLL %.3f, CRPS %.3f, 90 %% intervals hold %.1f %%\n",
              report.rmse, report.nll, report.crps, 100 * report.intervals[1].coverage);
  std::printf("epistemic deviation in the gap, relative to that on data: %.1f\n",
              gap_ratio(predicted));
  if (argc > 1) draw(predicted, training, argv[1]);
}

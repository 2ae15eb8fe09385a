// Methods of approximate inference beside Hamiltonian Monte Carlo: a small network of a curve with
// a gap in its data (data/curve.hpp), and how far the predictive distributions of each method are
// from those of the posterior.
//
//   regression_methods [--quick] [--validation] [STEM]
//
// prints a table, and draws all predictions side by side to STEM.png and STEM.svg where it is
// given. --validation scores other points than those of the table, to choose settings by.
//
// The net has one input, 50 tanh units and one output, the mean of y. Its noise is known and the
// same everywhere: the root mean square of the curve's own at the training points. The prior of
// weights and biases is N(0, 3²) in the hidden layer, N(0, 2² / 50) for the weights of the output
// and N(0, 1) for its bias.
#include "benchmarks/common/chart.hpp"
#include "examples/against_hmc/known_noise.hpp"
#include "examples/against_hmc/methods.hpp"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace credence;
using namespace credence::examples;

constexpr std::int64_t kPoints = 300;
constexpr std::int64_t kGrid = 121;

double noise_of(const data::Dataset& points) {
  double sum = 0;
  for (const double x : points.inputs.to_vector<double>()) {
    sum += std::pow(data::curve_noise_deviation(x), 2);
  }
  return std::sqrt(sum / static_cast<double>(points.inputs.numel()));
}

// What a method predicts on the grid, and how well it predicts points.
struct Prediction {
  std::string name;
  std::vector<double> mean{};
  std::vector<double> deviation{};  // of y
  std::vector<double> epistemic{};  // the deviation that the known noise leaves unexplained
  bayes::metrics::GaussianMixture mixture{};
  double rmse = 0;
  double nll = 0;
  double seconds = 0;
};

std::vector<float> grid() {
  std::vector<float> x;
  for (std::int64_t i = 0; i < kGrid; ++i) {
    x.push_back(static_cast<float>(data::kCurveLow + (data::kCurveHigh - data::kCurveLow) *
                                                         static_cast<double>(i) / (kGrid - 1)));
  }
  return x;
}

double root_mean_square_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

using bayes::metrics::GaussianMixture;

// The functions of a method: mixtures [S, grid] and [S, points].
struct Functions {
  GaussianMixture on_grid;
  GaussianMixture at_points;
};

GaussianMixture mixture_of(Trained& trained, const Tensor& inputs,
                           const bayes::Likelihood& likelihood) {
  const bayes::PredictiveMoments moments =
      bayes::predictive_moments(*trained.method, inputs, likelihood, {.samples = trained.samples});
  const Shape rows{moments.means.shape()[0], inputs.shape()[0]};
  return {moments.means.reshape(rows), sqrt(Variable(moments.variances)).value().reshape(rows)};
}

Functions functions_of(Trained& trained, const data::Dataset& points,
                       const bayes::Likelihood& likelihood) {
  // Predictions of Laplace have a variance of their own.
  const bool closed_form = trained.method->name() == "laplace";
  const bayes::Likelihood own =
      closed_form ? bayes::Likelihood(bayes::GaussianLikelihood{}) : likelihood;
  return {mixture_of(trained, Tensor::from({kGrid, 1}, grid()), own),
          mixture_of(trained, points.inputs, own)};
}

Functions part(const Functions& all, std::int64_t begin, std::int64_t end) {
  const auto slice = [&](const GaussianMixture& mixture) {
    return GaussianMixture{mixture.means.slice(begin, end), mixture.deviations.slice(begin, end)};
  };
  return {slice(all.on_grid), slice(all.at_points)};
}

// The means of the mixtures.
std::vector<double> means_of(const GaussianMixture& mixture) {
  const std::vector<double> means = mixture.means.to_vector<double>();
  const auto columns = static_cast<std::size_t>(mixture.means.shape()[1]);
  std::vector<double> result(columns);
  for (std::size_t i = 0; i < means.size(); ++i) {
    result[i % columns] += means[i] / static_cast<double>(mixture.means.shape()[0]);
  }
  return result;
}

Prediction summary(const std::string& name, const Functions& functions, const data::Dataset& points,
                   double noise, double seconds) {
  Prediction result{
      .name = name, .mean = means_of(functions.on_grid), .mixture = functions.on_grid};
  const std::vector<double> means = functions.on_grid.means.to_vector<double>();
  const std::vector<double> deviations = functions.on_grid.deviations.to_vector<double>();
  std::vector<double> variance(kGrid);
  for (std::size_t i = 0; i < means.size(); ++i) {
    const double off = means[i] - result.mean[i % kGrid];
    variance[i % kGrid] += (off * off + deviations[i] * deviations[i]) /
                           static_cast<double>(functions.on_grid.means.shape()[0]);
  }
  for (const double v : variance) {
    result.deviation.push_back(std::sqrt(v));
    result.epistemic.push_back(std::sqrt(std::max(0.0, v - noise * noise)));
  }
  const Tensor targets = points.targets.reshape({points.targets.numel()});
  result.rmse =
      root_mean_square_difference(means_of(functions.at_points), targets.to_vector<double>());
  result.nll = bayes::metrics::negative_log_likelihood(functions.at_points, targets);
  result.seconds = seconds;
  return result;
}

double mean_where(const std::vector<double>& values, bool (*chosen)(double x)) {
  const std::vector<float> x = grid();
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!chosen(static_cast<double>(x[i]))) continue;
    sum += values[i];
    ++count;
  }
  return sum / count;
}

void print_row(const Prediction& p, const Prediction& hmc) {
  std::printf("| %s | %.4f | %.4f | %.4f | %.4f | %.4f | %.4f | %.4f | %.1f |\n", p.name.c_str(),
              p.rmse, p.nll, mean_where(p.epistemic, data::curve_has_points),
              mean_where(p.epistemic, data::curve_has_gap),
              root_mean_square_difference(p.mean, hmc.mean),
              root_mean_square_difference(p.deviation, hmc.deviation),
              bayes::metrics::total_variation(p.mixture, hmc.mixture), p.seconds);
}

// Central 90 % of a normal distribution of these moments.
benchmarks::chart::Band band(const std::string& name, const Prediction& predicted,
                             std::size_t colour, double opacity) {
  benchmarks::chart::Band result{.name = name, .opacity = opacity, .colour = colour};
  const std::vector<float> x = grid();
  for (std::size_t i = 0; i < x.size(); ++i) {
    result.x.push_back(static_cast<double>(x[i]));
    result.low.push_back(predicted.mean[i] - 1.6449 * predicted.deviation[i]);
    result.high.push_back(predicted.mean[i] + 1.6449 * predicted.deviation[i]);
  }
  return result;
}

benchmarks::chart::Points line(const std::string& name, const std::vector<double>& y,
                               std::size_t colour) {
  benchmarks::chart::Points result{.name = name, .colour = colour};
  const std::vector<float> x = grid();
  for (std::size_t i = 0; i < x.size(); ++i) {
    result.points.push_back({static_cast<double>(x[i]), y[i]});
  }
  return result;
}

void draw(const std::vector<Prediction>& predictions, const Prediction& hmc,
          const data::Dataset& training, const std::string& stem) {
  using namespace benchmarks;
  chart::Points data{.name = "data", .line = false, .dots = true, .colour = 2};
  const std::vector<double> x = training.inputs.to_vector<double>();
  const std::vector<double> y = training.targets.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); i += 5) data.points.push_back({x[i], y[i]});
  std::vector<chart::Panel> panels;
  for (const Prediction& p : predictions) {
    panels.push_back(
        {.heading = p.name,
         .x = {.label = "x", .range = {{data::kCurveLow, data::kCurveHigh}}},
         .y = {.label = "y", .range = {{-3, 3}}},
         .series = {data, band("90 %, HMC", hmc, 3, 0.25), band("90 %, method", p, 0, 0.3),
                    line("mean, HMC", hmc.mean, 3), line("mean, method", p.mean, 0)}});
  }
  chart::draw({.title = "Each method and Hamiltonian Monte Carlo",
               .subtitle = "one network, prior and likelihood; every fifth point of the data",
               .panels = panels,
               .columns = 4,
               .plot_width = 210,
               .plot_height = 150},
              stem);
}

Problem problem_of(data::Loader& batches, data::Loader& whole, const bayes::Likelihood& likelihood,
                   double noise, bool quick) {
  return {.net = {.inputs = 1,
                  .hidden = 50,
                  .outputs = 1,
                  .weight_deviation = 3,
                  .bias_deviation = 3,
                  .output_deviation = 2 / std::sqrt(50)},
          .likelihood = likelihood,
          .laplace = {.likelihood = bayes::LaplaceOutput::Kind::regression, .noise = noise},
          .batches = &batches,
          .whole = &whole,
          .epochs = quick ? 10 : 1000,
          .samples = quick ? 4 : 400,
          .noisy_samples = quick ? 4 : 4000,
          .adam = 1e-2,
          .variational = 3e-2,
          .sgld = 1e-2,
          .sghmc = 1e-3,
          .ivon = 0.1,
          .hmc = {.chains = 4,
                  .burn_in = quick ? 3 : 100,
                  .samples = quick ? 4 : 200,
                  .max_leapfrog_steps = quick ? 10 : 400},
          .seed = Generator(1)};
}

int regression_methods(int argc, char** argv) {
  const std::optional<Arguments> arguments = parse_arguments("regression_methods", argc, argv);
  if (!arguments) return 2;
  const Generator seed(1);
  const data::Dataset training = data::curve_points(kPoints, seed.split("training"));
  data::Loader batches(training, {.batch_size = 50, .shuffle = true});
  data::Loader whole(training, {.batch_size = kPoints});
  const data::Dataset points =
      data::curve_points(kPoints, seed.split(arguments->validation ? "validation" : "held out"));
  const double noise = noise_of(training);
  const bayes::Likelihood likelihood = KnownNoise(noise);
  const Problem problem = problem_of(batches, whole, likelihood, noise, arguments->quick);

  std::vector<Prediction> predictions;
  for (Trained& one : train_methods(problem)) {
    predictions.push_back(
        summary(one.name, functions_of(one, points, likelihood), points, noise, one.seconds));
  }
  HmcRun run = run_hmc(problem);
  const std::int64_t draws = problem.hmc.chains * problem.hmc.samples;
  Trained chains{"HMC", std::move(run.method), draws, run.seconds};
  const Functions all = functions_of(chains, points, likelihood);
  const Prediction hmc =
      summary("HMC, chains 1 and 2", part(all, 0, draws / 2), points, noise, run.seconds / 2);
  predictions.push_back(
      summary("HMC, chains 3 and 4", part(all, draws / 2, draws), points, noise, run.seconds / 2));

  std::printf("%lld training points, %lld %s points, noise %.4f\n", static_cast<long long>(kPoints),
              static_cast<long long>(kPoints), arguments->validation ? "validation" : "test",
              noise);
  std::printf(
      "| method | RMSE | NLL | epistemic deviation on data | in the gap | difference of "
      "means | of deviations | total variation | training, s |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (const Prediction& p : predictions) print_row(p, hmc);
  print_row(hmc, hmc);
  print_chains(run, "means",
               all.on_grid.means.reshape({problem.hmc.chains, problem.hmc.samples, kGrid}));
  if (!arguments->path.empty()) draw(predictions, hmc, training, arguments->path);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("regression_methods", [&] { return regression_methods(argc, argv); });
}

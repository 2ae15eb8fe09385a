// Lesson 7: a curve with a gap in its data: what a mean-field posterior and an ensemble know of the
// gap, beside Hamiltonian Monte Carlo.     07_gap [STEM]     draws STEM.png where it is given
#include "examples/against_hmc/known_noise.hpp"
#include "examples/against_hmc/methods.hpp"
#include "examples/guide/figure.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

int main(int argc, char** argv) {
  const Generator seed(1);
  const data::Dataset points = data::curve_points(100, seed);
  data::Loader batches(points, {.batch_size = 50, .shuffle = true});
  data::Loader all(points, {.batch_size = 100});
  const bayes::Likelihood likelihood = examples::KnownNoise(0.12);
  // One network for all methods, one input, 30 tanh units and one output, and one prior.
  const examples::Problem problem{
      .net = {.hidden = 30,
              .weight_deviation = 3,
              .bias_deviation = 3,
              .output_deviation = 2 / std::sqrt(30)},
      .likelihood = likelihood,
      .laplace = {},
      .batches = &batches,
      .whole = &all,
      .epochs = 1000,
      .variational = 3e-2,
      .hmc = {.chains = 2, .burn_in = 50, .samples = 75, .max_leapfrog_steps = 100},
      .seed = seed};
  std::vector<examples::Trained> methods =
      examples::train_methods(problem, {"ensemble of 5", "variational, Gaussian"});
  methods.insert(methods.begin(), {"HMC", examples::run_hmc(problem).method, 150});

  std::vector<float> grid;
  for (int i = -60; i <= 60; ++i) grid.push_back(static_cast<float>(i * 0.05));
  std::vector<guide::chart::Band> bands;
  std::printf("deviation of the curve | on data | in the gap | ratio\n");
  for (const examples::Trained& one : methods) {
    const bayes::PredictiveMoments moments = bayes::predictive_moments(
        *one.method, Tensor::from({121, 1}, grid), likelihood, {.samples = 500});
    guide::chart::Band band{.name = one.name};
    double on_data = 0, in_gap = 0;
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const double x = static_cast<double>(grid[i]), mean = moments.mean.to_vector<double>()[i];
      const double deviation = std::sqrt(moments.epistemic.to_vector<double>()[i]);
      if (data::curve_has_points(x)) on_data += deviation / 62;  // of so many grid points
      if (data::curve_has_gap(x)) in_gap += deviation / 19;
      band.x.push_back(x);
      band.low.push_back(mean - 1.6449 * deviation);
      band.high.push_back(mean + 1.6449 * deviation);
    }
    bands.push_back(band);
    std::printf("%-22s | %7.3f | %10.3f | %5.1f\n", one.name.c_str(), on_data, in_gap,
                in_gap / on_data);
  }
  guide::chart::Points data{.name = "data", .line = false, .dots = true, .colour = 3};
  for (std::size_t i = 0; i < 100; i += 4) {
    data.points.push_back(
        {points.inputs.to_vector<double>()[i], points.targets.to_vector<double>()[i]});
  }
  const guide::chart::Axis x{.label = "x"}, y{.label = "y", .range = {{-3, 3}}};
  guide::draw(argc, argv, "90 % bands of the curve",
              {{.x = x, .y = y, .series = {bands[0], bands[2], data}},
               {.x = x, .y = y, .series = {bands[0], bands[1], data}}});
}

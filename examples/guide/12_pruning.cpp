// Lesson 12: weights of which the posterior is unsure are made zero, beside the usual rule, which
// removes the small ones.     12_pruning [STEM]     draws STEM.png where it is given
#include "credence.hpp"
#include "examples/guide/digits.hpp"
#include "examples/guide/figure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace credence;

// Makes the share of all weights with the smallest magnitudes zero.
void prune_small(nn::Module& model, double share) {
  std::vector<float*> weights;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    const Tensor& value = p.parameter->value();
    if (p.role != nn::Role::weight) continue;
    for (std::int64_t i = 0; i < value.numel(); ++i) weights.push_back(value.data<float>() + i);
  }
  std::sort(weights.begin(), weights.end(),
            [](float* a, float* b) { return std::abs(*a) < std::abs(*b); });
  weights.resize(
      static_cast<std::size_t>(std::lround(share * static_cast<double>(weights.size()))));
  for (float* const weight : weights) *weight = 0;
}

int main(int argc, char** argv) {
  const Generator seed(1);
  const data::Dataset digits = guide::digits(3000, data::Split::train);
  data::Loader training(digits, {.batch_size = 50, .shuffle = true});
  data::Loader test(guide::digits(1000, data::Split::test), {.batch_size = 500});
  const zoo::MLPOptions net{.hidden = {100}};
  train::FitOptions options{.epochs = 12, .optimizer = optim::Adam{3e-3}, .progress = false};
  zoo::MLP<> plain(net, seed);
  train::fit(plain, training, options);
  zoo::BayesianMLP bayesian(net, seed, {.activation = nn::Activation::relu()});
  options.objective = bayes::Elbo{};
  // log alpha has far to go: its rate is 20 times that of the means.
  options.optimizer =
      optim::Adam{.learning_rate = 3e-3, .groups = {.spread = {.learning_rate = 20}}};
  train::fit(bayesian, training, options);

  guide::chart::Points by_doubt{.name = "Bayesian, the unsure ones", .dots = true};
  guide::chart::Points by_size{.name = "ordinary, the small ones", .dots = true};
  guide::chart::Bars histogram{.colour = 0};
  std::vector<double> log_alpha;
  for (const nn::NamedParameter& p : nn::parameters(bayesian)) {
    if (p.role != nn::Role::spread) continue;
    for (const double value : p.parameter->value().to_vector<double>()) log_alpha.push_back(value);
  }
  for (int i = -10; i <= 8; ++i) histogram.edges.push_back(i);
  histogram.tops.resize(18);
  for (const double value : log_alpha) {
    const auto bin = static_cast<std::size_t>(std::clamp(std::floor(value) + 10, 0.0, 17.0));
    histogram.tops[bin] += 100.0 / static_cast<double>(log_alpha.size());
  }
  std::printf("%s: weights removed | Bayesian, the unsure ones | ordinary, the small ones\n",
              digits.name.c_str());
  for (const double share : {0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99}) {
    bayes::prune(bayesian, bayes::SmallestShare{share});
    prune_small(plain, share);
    const double sure = 100 * bayes::evaluate(bayesian, test, {.samples = 15}).accuracy();
    const double large = 100 * bayes::evaluate(plain, test, {.samples = 0}).accuracy();
    by_doubt.points.push_back({100 * share, sure});
    by_size.points.push_back({100 * share, large});
    std::printf("%32.0f %% | %23.1f %% | %22.1f %%\n", 100 * share, sure, large);
  }
  guide::draw(
      argc, argv, "Pruning by doubt",
      {{.x = {.label = "log alpha"}, .y = {.label = "% of the weights"}, .series = {histogram}},
       {.x = {.label = "% of the weights removed"},
        .y = {.label = "accuracy, %"},
        .series = {by_doubt, by_size}}});
}

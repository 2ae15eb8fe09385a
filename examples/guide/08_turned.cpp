// Lesson 8: a Bayesian LeNet5 on turned digits: how unsure it is, and of which kind.
//   08_turned [STEM]     draws STEM.png where it is given
#include "credence.hpp"
#include "examples/guide/digits.hpp"
#include "examples/guide/figure.hpp"

#include <cstdio>

using namespace credence;

double mean(const Tensor& values) {
  double sum = 0;
  for (const double value : values.to_vector<double>()) sum += value;
  return sum / static_cast<double>(values.numel());
}

int main(int argc, char** argv) {
  const Generator seed(1);
  const data::Dataset digits = guide::digits(2000, data::Split::train);
  data::Loader training(digits, {.batch_size = 50, .shuffle = true});
  zoo::BayesianLeNet5 model({.classes = 10}, seed.split("model"),
                            {.activation = nn::Activation::relu(),
                             .posterior = bayes::Gaussian{.log_variance = -8},
                             .prior = bayes::Normal{.deviation = 0.3}});
  train::fit(
      model, training,
      {.epochs = 5, .optimizer = optim::Adam{3e-3}, .objective = bayes::Elbo{}, .progress = false});

  const data::Dataset test = guide::digits(200, data::Split::test);
  guide::chart::Points total{.name = "entropy"}, aleatoric{.name = "aleatoric part"},
      epistemic{.name = "epistemic part"};
  std::printf("%s: angle | accuracy | entropy | aleatoric | epistemic, nats\n",
              digits.name.c_str());
  for (double angle = 0; angle <= 180; angle += 15) {
    data::Loader turned(
        test, {.batch_size = 200, .transform = {.rotation = data::Rotation{angle, angle}}});
    train::Batch batch;
    turned.start_epoch(0);
    turned.next(batch);
    // 15 draws of the weights give 15 probability vectors for each image.
    const bayes::Uncertainty u = bayes::uncertainty(model, batch.inputs, {.samples = 15});
    const double entropy = mean(u.entropy), information = mean(u.mutual_information);
    const auto predicted = u.prediction.to_vector<std::int64_t>(),
               labels = batch.targets.to_vector<std::int64_t>();
    double right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) right += predicted[i] == labels[i] ? 0.5 : 0;
    total.points.push_back({angle, entropy});
    aleatoric.points.push_back({angle, entropy - information});
    epistemic.points.push_back({angle, information});
    if (static_cast<int>(angle) % 30 == 0) {
      std::printf("%23.0f | %6.1f %% | %7.3f | %9.3f | %9.3f\n", angle, right, entropy,
                  entropy - information, information);
    }
  }
  guide::draw(argc, argv, "Doubt about turned digits",
              {{.x = {.label = "degrees"},
                .y = {.label = "nats"},
                .series = {total, aleatoric, epistemic}}});
}

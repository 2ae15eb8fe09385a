// Trains a Bayesian LeNet5 on drawn digits and asks how certain a prediction is.
#include "credence.hpp"

#include <cstdio>

int main() {
  using namespace credence;
  const Generator seed(1);
  data::Loader training(data::synthetic_digits(4000, seed, data::Split::train),
                        {.batch_size = 50, .shuffle = true});
  data::Loader test(data::synthetic_digits(500, seed, data::Split::test), {.batch_size = 500});

  // LeNet5 with a distribution for each weight, trained on N · mean NLL + KL.
  zoo::BayesianLeNet5 model({.classes = 10}, seed.split("model"));
  train::fit(model, training,
             {.epochs = 5, .optimizer = optim::Adam{3e-3}, .objective = bayes::Elbo{}});

  // Predictions average 15 samples of the weights' posterior.
  const train::Metrics metrics = bayes::evaluate(model, test, {.samples = 15});
  std::printf("test accuracy %.1f %%\n", 100 * metrics.accuracy());

  train::Batch batch;
  test.start_epoch(0);
  test.next(batch);
  const bayes::Uncertainty u = bayes::uncertainty(model, batch.inputs, {.samples = 15});
  std::printf("first image: a %.0f, entropy of the prediction %.3f nats\n",
              u.prediction.slice(0, 1).item(), u.entropy.slice(0, 1).item());
}

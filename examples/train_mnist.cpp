// Trains a Bayesian LeNet5 on MNIST and says how sure it is: train_mnist [FOLDER [EPOCHS]]
#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "data/idx.hpp"
#include "data/loader.hpp"
#include "data/location.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/train/fit.hpp"
#include "zoo/lenet5.hpp"

#include <cstdio>
#include <string>

int main(int argc, char** argv) try {
  using namespace credence;
  const Generator seed(1);
  const auto folder = argc > 1 ? argv[1] : data::find("mnist").value_or("").string();
  const auto digits = [&](data::Split split, std::int64_t count) {
    return folder.empty() ? data::synthetic_digits(count, seed, split) : data::mnist(folder, split);
  };
  data::Loader training(digits(data::Split::train, 20000),
                        {.batch_size = 256, .shuffle = true, .generator = seed.split("loader")});
  data::Loader test(digits(data::Split::test, 2000), {.batch_size = 500});

  zoo::BayesianLeNet5 model({.classes = 10}, seed.split("model"));
  train::fit(model, training,
             {.epochs = argc > 2 ? std::stoi(argv[2]) : 3, .objective = bayes::Elbo{}});

  const train::Metrics metrics = bayes::evaluate(model, test, {.samples = 15});
  std::printf("%s: accuracy %.2f %%, negative log-likelihood %.4f\n", test.dataset().name.c_str(),
              100 * metrics.accuracy, metrics.nll);
} catch (const std::exception& error) {
  std::fprintf(stderr, "train_mnist: %s\n", error.what());
  return 1;
}

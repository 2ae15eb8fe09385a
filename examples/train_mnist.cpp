// Trains a Bayesian LeNet5 on MNIST: from FOLDER if given, else from where data::find finds it,
// else on drawn digits.
#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "data/idx.hpp"
#include "data/loader.hpp"
#include "data/location.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/base/decimal.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/dispatch/build_info.hpp"
#include "framework/train/fit.hpp"
#include "zoo/lenet5.hpp"

#include <cstdio>
#include <string_view>

namespace {

using namespace credence;

int train_mnist(int argc, char** argv) {  // [FOLDER [EPOCHS]]
  if (argc == 2 && argv[1] == std::string_view("--version")) {
    write_stdout(version_text("train_mnist") + "\n");
    return 0;
  }
  const auto epochs = argc > 2 ? parse_decimal<std::int64_t>(argv[2]) : 3;
  if (!epochs || *epochs < 1 || argc > 3) {
    write_stderr("train_mnist: takes [FOLDER [EPOCHS]], EPOCHS from 1 on\n");
    return 2;
  }
  const Generator seed(1);
  const auto folder = argc > 1 ? argv[1] : data::find("mnist").value_or("").string();
  const auto digits = [&](data::Split split, std::int64_t count) {
    return folder.empty() ? data::synthetic_digits(count, seed, split) : data::mnist(folder, split);
  };
  data::Loader training(digits(data::Split::train, 20000), {.batch_size = 256, .shuffle = true});
  data::Loader test(digits(data::Split::test, 2000), {.batch_size = 500});
  zoo::BayesianLeNet5 model({.classes = 10}, seed.split("model"));
  train::fit(model, training, {.epochs = *epochs, .objective = bayes::Elbo{}});
  const train::Metrics metrics = bayes::evaluate(model, test, {.samples = 15});
  std::printf("%s: %.2f %% of %lld test images right, negative log-likelihood %.4f\n",
              test.dataset().name.c_str(), 100 * metrics.accuracy(),
              static_cast<long long>(metrics.samples), metrics.nll());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("train_mnist", [&] { return train_mnist(argc, argv); });
}

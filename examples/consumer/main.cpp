// Trains a Bayesian LeNet5 on drawn digits. Prints the test image whose prediction is the least
// certain, with its epistemic and aleatoric uncertainty.
#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "bayes/uncertainty.hpp"
#include "data/loader.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/train/fit.hpp"
#include "zoo/lenet5.hpp"

#include <algorithm>
#include <cstdio>

namespace {

using namespace credence;

int tell_least_sure() {
  const Generator seed(1);
  data::Loader training(data::synthetic_digits(4000, seed, data::Split::train),
                        {.batch_size = 50, .shuffle = true});
  data::Loader test(data::synthetic_digits(500, seed, data::Split::test), {.batch_size = 500});

  zoo::BayesianLeNet5 model({.classes = 10}, seed.split("model"));
  train::fit(model, training,
             {.epochs = 5, .optimizer = optim::Adam{3e-3}, .objective = bayes::Elbo{}});
  const train::Metrics metrics = bayes::evaluate(model, test);
  std::printf("%.1f %% of %d test images right\n", 100 * metrics.accuracy(),
              static_cast<int>(metrics.samples));

  train::Batch batch;
  test.start_epoch(0);
  test.next(batch);
  const bayes::Uncertainty u = bayes::uncertainty(model, batch.inputs);
  const std::vector<float> entropy = u.entropy.to_vector<float>();
  const std::int64_t i = std::max_element(entropy.begin(), entropy.end()) - entropy.begin();
  const auto at = [i](const Tensor& values) { return values.slice(i, i + 1).item(); };
  std::printf("least sure of image %d, a %.0f taken for a %.0f: epistemic %.4f, aleatoric %.4f\n",
              static_cast<int>(i), at(batch.targets), at(u.prediction), at(u.epistemic_trace),
              at(u.aleatoric_trace));
  return 0;
}

}  // namespace

int main() {
  return run_program("consumer", [] { return tell_least_sure(); });
}

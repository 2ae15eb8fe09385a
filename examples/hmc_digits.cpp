// Methods of approximate inference beside Hamiltonian Monte Carlo: a small network of 1,000 digits,
// and how far the predictions of each method are from those of the posterior.
//
//   hmc_digits [--quick] [--validation] [FOLDER]
//
// MNIST comes from FOLDER, else from where data::find finds it, else digits are drawn. --validation
// takes digits 1,000 to 2,999 of the training file in place of test digits, to choose settings by.
//
// The net has 14 × 14 inputs (each the mean of four pixels), 32 tanh units and 10 classes. The
// prior of all weights and biases is N(0, 1), but N(0, 0.25²) for weights of the hidden layer: the
// squares of a digit's 196 inputs add up to about 16, so that units begin with inputs of deviation
// 1.
#include "examples/against_hmc/methods.hpp"

#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace credence;
using namespace credence::examples;

// Counts and lengths of the runs.
struct Sizes {
  std::int64_t training = 1000;
  std::int64_t test = 2000;
  std::int64_t epochs = 500;
  std::int64_t samples = 160;
  std::int64_t burn_in = 40;
  std::int64_t draws = 80;
  std::int64_t leapfrog_steps = 400;
};
constexpr Sizes kQuick{.training = 60,
                       .test = 40,
                       .epochs = 10,
                       .samples = 4,
                       .burn_in = 3,
                       .draws = 4,
                       .leapfrog_steps = 10};

// `count` digits from number `begin` on, each as the means of 2 × 2 pixels, [count, 196].
data::Dataset pooled(const data::Dataset& images, std::int64_t begin, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), begin);
  data::Loader loader(images, {.batch_size = count, .indices = indices});
  loader.start_epoch(0);
  train::Batch batch;
  loader.next(batch);
  const Variable means = flatten(average_pool2d(Variable(batch.inputs), {.kernel = 2}));
  return data::arrays(means.value(), batch.targets.clone(), {.name = images.name});
}

// The digits to train on, shuffled and in one batch, and those to predict.
struct Digits {
  data::Loader shuffled;
  data::Loader whole;
  data::Loader predicted;
};

Digits load(const Arguments& arguments, const Sizes& sizes, const Generator& seed) {
  const std::string folder =
      arguments.path.empty() ? data::find("mnist").value_or("").string() : arguments.path;
  const auto digits = [&](data::Split split, std::int64_t count) {
    return folder.empty() ? data::synthetic_digits(count, seed, split) : data::mnist(folder, split);
  };
  const data::Dataset file = digits(data::Split::train, sizes.training + sizes.test);
  const data::Dataset training = pooled(file, 0, sizes.training);
  return {.shuffled = {training, {.batch_size = 50, .shuffle = true}},
          .whole = {training, {.batch_size = sizes.training}},
          .predicted = {arguments.validation
                            ? pooled(file, sizes.training, sizes.test)
                            : pooled(digits(data::Split::test, sizes.test), 0, sizes.test),
                        {.batch_size = 500}}};
}

Problem problem_of(Digits& digits, const Sizes& sizes, const Generator& seed) {
  return {.net = {.inputs = 196, .hidden = 32, .outputs = 10, .weight_deviation = 0.25},
          .likelihood = {},
          .laplace = {},
          .batches = &digits.shuffled,
          .whole = &digits.whole,
          .epochs = sizes.epochs,
          .samples = sizes.samples,
          .noisy_samples = sizes.samples,
          .adam = 3e-2,
          .variational = 3e-2,
          .sgld = 3,
          .sghmc = 0.3,
          .ivon = 1,
          .hmc = {.chains = 4,
                  .burn_in = sizes.burn_in,
                  .samples = sizes.draws,
                  .max_leapfrog_steps = sizes.leapfrog_steps},
          .seed = seed};
}

// The draws from number `begin` to `end` alone.
bayes::ClassPredictions part(const bayes::ClassPredictions& all, std::int64_t begin,
                             std::int64_t end) {
  bayes::ClassPredictions result = all;
  result.log_probabilities = all.log_probabilities.slice(begin, end);
  result.mean_log_probabilities = bayes::metrics::mean_log_probabilities(result.log_probabilities);
  return result;
}

void print_row(const std::string& name, const bayes::ClassPredictions& predictions,
               const bayes::ClassPredictions& hmc, double seconds) {
  const bayes::ClassificationReport report = bayes::classification_report(predictions);
  const Tensor& log_p = predictions.mean_log_probabilities;
  const Tensor& log_q = hmc.mean_log_probabilities;
  std::printf("| %s | %.2f %% | %.4f | %.4f | %.4f | %.4f | %.1f |\n", name.c_str(),
              100 * report.accuracy.value, report.nll, report.ece,
              bayes::metrics::agreement(log_p, log_q),
              bayes::metrics::total_variation(log_p, log_q), seconds);
}

int hmc_digits(int argc, char** argv) {
  const std::optional<Arguments> arguments = parse_arguments("hmc_digits", argc, argv);
  if (!arguments) return 2;
  const Sizes sizes = arguments->quick ? kQuick : Sizes{};
  const Generator seed(1);
  Digits digits = load(*arguments, sizes, seed);
  const Problem problem = problem_of(digits, sizes, seed);
  const std::vector<Trained> methods = train_methods(problem);
  const HmcRun run = run_hmc(problem);

  const std::int64_t draws = problem.hmc.chains * sizes.draws;
  const bayes::ClassPredictions all =
      bayes::class_predictions(*run.method, digits.predicted, {.samples = draws});
  const bayes::ClassPredictions hmc = part(all, 0, draws / 2);
  std::printf("%s, %lld training and %lld %s digits\n", digits.predicted.dataset().name.c_str(),
              static_cast<long long>(sizes.training), static_cast<long long>(sizes.test),
              arguments->validation ? "validation" : "test");
  std::printf("| method | accuracy | NLL | ECE | agreement | total variation | training, s |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
  for (const Trained& one : methods) {
    print_row(one.name,
              bayes::class_predictions(*one.method, digits.predicted, {.samples = one.samples}),
              hmc, one.seconds);
  }
  print_row("HMC, chains 3 and 4", part(all, draws / 2, draws), hmc, run.seconds / 2);
  print_row("HMC, chains 1 and 2", hmc, hmc, run.seconds / 2);
  print_chains(run, "probabilities",
               exp(Variable(all.log_probabilities))
                   .value()
                   .reshape({problem.hmc.chains, sizes.draws, sizes.test * 10}));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("hmc_digits", [&] { return hmc_digits(argc, argv); });
}

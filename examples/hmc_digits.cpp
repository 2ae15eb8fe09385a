// The posterior of a small network of 1,000 digits by Hamiltonian Monte Carlo, beside the network
// trained with weight decay.
//
//   hmc_digits [FOLDER]     MNIST from FOLDER, else from where data::find finds it, else drawn
//                           digits
//
// The net has 14 × 14 inputs (each the mean of four pixels), 32 tanh units and 10 classes, 6,634
// weights. The prior of a layer's weights is N(0, 1 / fan-in), that of biases N(0, 1).
#include "credence.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace credence;

constexpr std::int64_t kTraining = 1000;
constexpr std::int64_t kTest = 2000;

std::shared_ptr<nn::Module> small_net(const Generator& generator) {
  return std::make_shared<nn::Sequential>(nn::AveragePool2d({.kernel = 2}), nn::Flatten(),
                                          nn::Linear(196, 32, {}, generator.split("hidden")),
                                          nn::Activation::tanh(),
                                          nn::Linear(32, 10, {}, generator.split("classes")));
}

std::vector<std::int64_t> first(std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return indices;
}

void print_scores(const char* name, const bayes::ClassPredictions& predictions) {
  const Tensor& log_p = predictions.mean_log_probabilities;
  std::printf("%-14s accuracy %.2f %%, negative log-likelihood %.4f\n", name,
              100 * bayes::metrics::accuracy(log_p, predictions.labels).value,
              bayes::metrics::negative_log_likelihood(log_p, predictions.labels));
}

// The least, the median and the largest of the numbers.
void print_spread(const char* name, const Tensor& numbers) {
  std::vector<double> x = numbers.to_vector<double>();
  std::sort(x.begin(), x.end());
  std::printf("%s: least %.3f, median %.3f, largest %.3f\n", name, x.front(), x[x.size() / 2],
              x.back());
}

void train_deterministic(nn::Module& model, data::Loader& source) {
  // The gradient of a prior N(0, s²), over N: 1 / s² is 196 and 32 in the two layers.
  constexpr double kDecay = 100.0 / kTraining;
  train::fit(model, source,
             {.epochs = 100,
              .optimizer = optim::Adam{.learning_rate = 3e-3, .weight_decay = kDecay},
              .schedule = optim::cosine(),
              .progress = false});
}

int hmc_digits(int argc, char** argv) {
  if (argc > 2) {
    write_stderr("hmc_digits: takes [FOLDER]\n");
    return 2;
  }
  const Generator seed(1);
  const auto folder = argc > 1 ? argv[1] : data::find("mnist").value_or("").string();
  const auto digits = [&](data::Split split, std::int64_t count) {
    return folder.empty() ? data::synthetic_digits(count, seed, split) : data::mnist(folder, split);
  };
  data::Loader shuffled(digits(data::Split::train, kTraining),
                        {.batch_size = 50, .shuffle = true, .indices = first(kTraining)});
  data::Loader training(shuffled.dataset(), {.batch_size = kTraining, .indices = first(kTraining)});
  data::Loader test(digits(data::Split::test, kTest), {.batch_size = 500, .indices = first(kTest)});

  const auto deterministic = small_net(seed.split("deterministic"));
  train_deterministic(*deterministic, shuffled);
  const bayes::ClassPredictions one = bayes::class_predictions(*deterministic, test);

  const bayes::HmcOptions options{.prior = {.by_fan_in = true},
                                  .chains = 3,
                                  .burn_in = 50,
                                  .samples = 60,
                                  .max_leapfrog_steps = 400,
                                  .generator = seed.split("hmc")};
  const auto begin = std::chrono::steady_clock::now();
  bayes::Hmc hmc(small_net(seed.split("hmc")), training, options);
  while (!hmc.advance(10)) {
    std::fprintf(stderr, "%lld of %lld trajectories\n", static_cast<long long>(hmc.trajectories()),
                 static_cast<long long>(hmc.total()));
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  const auto posterior = hmc.finish();
  const std::int64_t draws = options.chains * options.samples;
  const bayes::ClassPredictions all =
      bayes::class_predictions(*posterior, test, {.samples = draws});

  std::printf("%s, %lld training and %lld test digits; HMC took %.0f s\n",
              test.dataset().name.c_str(), static_cast<long long>(kTraining),
              static_cast<long long>(kTest), elapsed.count());
  print_scores("deterministic", one);
  print_scores("HMC", all);
  for (const bayes::HmcChainReport& chain : hmc.report()) {
    std::printf("chain: acceptance %.2f, step size %.4f, %.0f leapfrog steps, %lld divergences\n",
                chain.acceptance, chain.step_size, chain.leapfrog_steps,
                static_cast<long long>(chain.divergences));
  }
  // Of the probabilities of all classes of all test digits.
  const Tensor p = exp(Variable(all.log_probabilities)).value();
  const Tensor by_chain = p.reshape({options.chains, options.samples, kTest * 10});
  print_spread("split R-hat of probabilities", bayes::metrics::split_r_hat(by_chain));
  print_spread("effective draws of probabilities", bayes::metrics::effective_sample_size(by_chain));
  print_spread("split R-hat of weights", bayes::metrics::split_r_hat(hmc.draws()));
  const auto compare = [](const char* name, const Tensor& a, const Tensor& b) {
    std::printf("%s: agreement %.4f, total variation %.4f\n", name, bayes::metrics::agreement(a, b),
                bayes::metrics::total_variation(a, b));
  };
  const Tensor& whole = all.mean_log_probabilities;
  compare("deterministic and HMC", one.mean_log_probabilities, whole);
  const Tensor& each = all.log_probabilities;
  compare("the first chain and the others",
          bayes::metrics::mean_log_probabilities(each.slice(0, options.samples)),
          bayes::metrics::mean_log_probabilities(each.slice(options.samples, draws)));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("hmc_digits", [&] { return hmc_digits(argc, argv); });
}

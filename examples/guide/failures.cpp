// The gallery of failures (docs/guide/failures.md): ways to get Bayesian deep learning wrong.
//
//   failures NAME [mended] [SEED]     shows a failure, or how it is mended; SEED is 1 by default
//
// Each prints what 1000 digits say of the result. A network has 784 inputs, hidden units and ten
// classes, and learns 2000 digits. The two settings of a failure differ where its function says so,
// by the argument `mended`.
#include "credence.hpp"
#include "examples/guide/digits.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <string>

namespace {

using namespace credence;

constexpr std::int64_t kDigits = 2000;
constexpr std::int64_t kBatch = 50;

struct Setting {
  bool mended;
  Generator seed;
  data::Loader& training;
};

// A trained method, and how many functions of it are averaged: 0 for that of the mean weights.
struct Result {
  std::unique_ptr<bayes::Method> method;
  std::int64_t samples = 15;
};

const zoo::Bayesian kRelu{.activation = nn::Activation::relu()};

// The same with posteriors N(mu, sigma²), which begin at these variances, and the prior N(0, s²).
zoo::Bayesian gaussian(double log_variance, double prior_deviation) {
  zoo::Bayesian family = kRelu;
  family.posterior = bayes::Gaussian{.log_variance = log_variance};
  family.prior = bayes::Normal{.deviation = prior_deviation};
  return family;
}

std::shared_ptr<nn::Module> trained(std::shared_ptr<nn::Module> model, const Setting& setting,
                                    const train::Objective& objective = bayes::Elbo{},
                                    double learning_rate = 3e-3) {
  train::fit(*model, setting.training,
             {.epochs = 8,
              .optimizer = optim::Adam{.learning_rate = learning_rate},
              .objective = objective,
              .progress = false});
  return model;
}

std::shared_ptr<nn::Module> bayesian(const Setting& setting, const zoo::Bayesian& family = kRelu,
                                     const std::vector<std::int64_t>& hidden = {50}) {
  return std::make_shared<zoo::BayesianMLP>(zoo::MLPOptions{.hidden = hidden}, setting.seed,
                                            family);
}

Result network(std::shared_ptr<nn::Module> model, std::int64_t samples = 15) {
  return {std::make_unique<bayes::TrainedNetwork>(std::move(model)), samples};
}

// The deviation of each weight starts at 1, or at e⁻⁴ = 0.02.
Result wide_start(const Setting& setting) {
  return network(trained(bayesian(setting, gaussian(setting.mended ? -8 : 0, 0.3)), setting));
}

// The loss of a batch of B digits is its summed NLL and the whole KL, so that an epoch counts KL
// N / B times; or N · mean NLL + KL, which counts it once.
Result kl_per_batch(const Setting& setting) {
  const bayes::Elbo once;
  const bayes::Elbo each{.temperature = static_cast<double>(kDigits) / kBatch};
  const auto model = bayesian(setting, gaussian(-8, 0.3));
  return network(trained(model, setting, setting.mended ? once : each));
}

// KL is divided by the number of layers, or not.
Result kl_by_layers(const Setting& setting) {
  const bayes::Elbo objective{.temperature = setting.mended ? 1 : 0.2};
  const auto model = bayesian(setting, gaussian(-8, 0.3), {50, 50, 50, 50});
  return network(trained(model, setting, objective));
}

// Weights that were trained with relu start a Bayesian network with softplus, or one with relu.
Result other_activation(const Setting& setting) {
  const zoo::MLPOptions options{.hidden = {50, 50, 50, 50}};
  const auto plain =
      trained(std::make_shared<zoo::MLP<>>(options, setting.seed), setting, train::cross_entropy);
  const auto model = bayesian(setting, setting.mended ? kRelu : zoo::Bayesian{}, options.hidden);
  bayes::copy_weights(*plain, *model);
  return network(model);
}

// Batch normalisation keeps the statistics of passes with noise and then serves the mean weights
// without any, or its statistics are taken again without noise.
Result batch_norm(const Setting& setting) {
  const auto layer = [&](std::int64_t in, std::int64_t out, const char* name) {
    return bayes::BayesianLinear(
        in, out, {}, {bayes::Gaussian{.log_variance = -4}, bayes::Normal{.deviation = 0.3}},
        setting.seed.split(name));
  };
  const auto model = std::make_shared<nn::Sequential>(
      nn::Flatten(), layer(784, 50, "first"), nn::BatchNorm1d(50), nn::Activation::relu(),
      layer(50, 50, "second"), nn::BatchNorm1d(50), nn::Activation::relu(), layer(50, 10, "third"));
  trained(model, setting);
  if (setting.mended) {
    for (auto* const part : nn::modules_of<bayes::BayesianLayer>(*model)) {
      part->set_sampling(bayes::Sampling::mean);
    }
    train::update_batch_norm(*model, setting.training);
  }
  return network(model, 0);
}

// T = 1 with a prior that pulls hard, or T = 0.1.
Result cold(const Setting& setting) {
  const bayes::Elbo objective{.temperature = setting.mended ? 0.1 : 1};
  return network(trained(bayesian(setting, gaussian(-8, 0.1)), setting, objective));
}

// One of five members was trained with a rate that is far too large, or none.
Result hidden_member(const Setting& setting) {
  std::vector<std::unique_ptr<bayes::Method>> members;
  for (std::uint64_t i = 0; i < 5; ++i) {
    const double rate = i == 4 && !setting.mended ? 1 : 3e-3;
    members.push_back(std::make_unique<bayes::TrainedNetwork>(trained(
        std::make_shared<zoo::MLP<>>(zoo::MLPOptions{.hidden = {50}}, setting.seed.split(i)),
        setting, train::cross_entropy, rate)));
  }
  return {std::make_unique<bayes::DeepEnsemble>(std::move(members))};
}

const std::map<std::string, std::function<Result(const Setting&)>> kFailures{
    {"wide-start", wide_start},      {"kl-per-batch", kl_per_batch},
    {"kl-by-layers", kl_by_layers},  {"other-activation", other_activation},
    {"batch-norm", batch_norm},      {"cold", cold},
    {"hidden-member", hidden_member}};

// The accuracy of the worst function alone.
double worst_accuracy(const bayes::ClassPredictions& predictions) {
  double worst = 1;
  for (std::int64_t s = 0; s < predictions.log_probabilities.shape()[0]; ++s) {
    const Tensor one = predictions.log_probabilities.slice(s, s + 1).reshape(
        predictions.mean_log_probabilities.shape());
    worst = std::min(worst, bayes::metrics::accuracy(one, predictions.labels).value);
  }
  return worst;
}

int failures(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto failure = kFailures.find(arguments.empty() ? "" : arguments[0]);
  if (failure == kFailures.end()) {
    std::string names;
    for (const auto& [name, function] : kFailures) names += " " + name;
    write_stderr("failures: takes NAME [mended] [SEED]; the names are" + names + "\n");
    return 2;
  }
  const bool mended = arguments.size() > 1 && arguments[1] == "mended";
  const std::size_t last = mended ? 2 : 1;
  const Generator seed(arguments.size() > last ? std::stoull(arguments[last]) : 1);
  data::Loader training(guide::digits(kDigits, data::Split::train),
                        {.batch_size = kBatch, .shuffle = true, .generator = seed});
  data::Loader test(guide::digits(1000, data::Split::test), {.batch_size = 500});
  const Result result = failure->second({mended, seed, training});
  const bayes::ClassPredictions predictions =
      bayes::class_predictions(*result.method, test, {.samples = result.samples});
  const bayes::ClassificationReport report = bayes::classification_report(predictions);
  std::printf("accuracy %.1f %%, of the worst draw %.1f %%\n", 100 * report.accuracy.value,
              100 * worst_accuracy(predictions));
  std::printf("NLL %.3f, ECE %.3f, mutual information %.3f\n", report.nll, report.ece,
              report.mutual_information);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return credence::run_program("failures", [&] { return failures(argc, argv); });
}

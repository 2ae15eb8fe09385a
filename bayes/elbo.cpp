// The negative evidence lower bound, N · mean NLL + w · KL (Blundell et al. 2015, arXiv
// 1505.05424), and the KL divergence summed over layers.
#include "bayes/elbo.hpp"

#include "bayes/average.hpp"
#include "bayes/joint_layers.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/several_tensors.hpp"
#include "framework/train/pass_scope.hpp"

#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {
namespace {

// The Bayesian layers of a model that an objective can train.
std::vector<NamedLayer> checked_layers(const char* name, std::int64_t samples, double temperature,
                                       nn::Module& model) {
  if (samples < 1 || !(temperature >= 0)) {
    throw ValueError(std::string("[") + name +
                     "] needs at least 1 sample and a temperature of at least 0, not " +
                     std::to_string(samples) + " and " + std::to_string(temperature));
  }
  std::vector<NamedLayer> layers = bayesian_layers(model);
  if (layers.empty()) {
    throw ValueError(std::string("[") + name +
                     "] the model has no Bayesian layer, expected at least one that is derived "
                     "from bayes::BayesianLayer and listed in visit()");
  }
  return layers;
}

// N · nll + w · KL, and what is reported.
train::Loss bound(const std::vector<NamedLayer>& layers, const Variable& nll,
                  const std::vector<Variable>& outputs, const train::Batch& batch,
                  const Elbo& settings, const train::TrainingPosition& position) {
  const Variable kl = train::counted_once(sum_of_divergences(layers));
  const auto samples = static_cast<double>(position.training_samples);
  train::Loss loss{weighted_sum({nll, kl}, {samples, settings.kl_weight(position)}),
                   {{"nll", nll.value()}, {"kl", kl.value()}},
                   settings.warm_up.settled(position)};
  for (train::Monitor& monitor : settings.likelihood->monitors(outputs, batch.targets)) {
    loss.monitors.push_back(std::move(monitor));
  }
  loss.monitors.push_back({.name = "kl/nll",
                           .value = kl.value(),
                           .rule = train::Rule::ratio,
                           .divisor = nll.value(),
                           .divisor_factor = samples,
                           .of_means = true});
  return loss;
}

}  // namespace

Variable kl_divergence(nn::Module& model) {
  const Variable total = sum_of_divergences(bayesian_layers(model));
  if (total.defined()) return total;
  return Variable(Tensor::zeros({}, DType::float32, nn::device_of(model)));
}

std::vector<std::pair<std::string, double>> kl_divergence_per_layer(nn::Module& model) {
  const NoGrad no_grad;
  std::vector<std::pair<std::string, double>> divergences;
  for (const NamedLayer& named : bayesian_layers(model)) {
    divergences.emplace_back(named.name, named.layer->kl_divergence().value().item());
  }
  return divergences;
}

train::Loss Elbo::operator()(nn::Module& model, const train::Batch& batch,
                             const train::TrainingPosition& position) const {
  const std::vector<NamedLayer> layers = checked_layers("Elbo", samples, temperature, model);
  const JointVariances variances(layers);
  const double share = 1 / static_cast<double>(samples);
  const std::vector<Variable> outputs =
      train::outputs_of_passes(samples, [&] { return train::output_of(model, batch); });
  Variable nll;
  for (const Variable& output : outputs) {
    Variable part = likelihood->negative_log_likelihood(output, batch.targets);
    if (samples > 1) part = part * share;
    nll = nll.defined() ? nll + part : part;
  }
  return bound(layers, train::sum_of_passes(nll), train::outputs_of_all(outputs), batch, *this,
               position);
}

train::Loss ImportanceWeightedBound::operator()(nn::Module& model, const train::Batch& batch,
                                                const train::TrainingPosition& position) const {
  const std::vector<NamedLayer> layers =
      checked_layers("ImportanceWeightedBound", samples, temperature, model);
  const JointVariances variances(layers);
  AverageOfPasses average;
  std::vector<Variable> outputs;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    outputs.push_back(train::output_of(model, batch));
    average.add(likelihood->log_density(outputs.back(), batch.targets));
  }
  return bound(layers, -mean(average.value()), outputs, batch,
               {.temperature = temperature, .warm_up = warm_up, .likelihood = likelihood},
               position);
}

}  // namespace credence::bayes

// The negative evidence lower bound, N · mean NLL + w · KL (Blundell et al. 2015, arXiv
// 1505.05424), and the KL divergence summed over layers.
#include "bayes/elbo.hpp"

#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/softmax.hpp"

namespace credence::bayes {

Variable kl_divergence(nn::Module& model) {
  Variable total;
  for (const NamedLayer& named : bayesian_layers(model)) {
    const Variable kl = named.layer->kl_divergence();
    total = total.defined() ? total + kl : kl;
  }
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

double Elbo::kl_weight(const train::TrainingPosition& position) const {
  const double rising_steps = warm_up * static_cast<double>(position.steps);
  const auto step = static_cast<double>(position.step);
  return step < rising_steps ? temperature * (step / rising_steps) : temperature;
}

train::Loss Elbo::operator()(nn::Module& model, const train::Batch& batch,
                             const train::TrainingPosition& position) const {
  if (samples < 1 || !(temperature >= 0)) {
    throw ValueError("[Elbo] needs at least 1 sample and a temperature of at least 0, not " +
                     std::to_string(samples) + " and " + std::to_string(temperature));
  }
  if (!(warm_up >= 0 && warm_up <= 1)) {
    throw ValueError("[Elbo] the warm-up is a share of the steps from 0 to 1, not " +
                     std::to_string(warm_up));
  }
  const double share = 1 / static_cast<double>(samples);
  Variable nll;
  Variable scores;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const Variable log_probabilities = log_softmax(train::output_of(model, batch));
    const Variable loss = nll_loss(log_probabilities, batch.targets) * share;
    nll = nll.defined() ? nll + loss : loss;
    scores = scores.defined() ? scores + exp(log_probabilities.detach())
                              : exp(log_probabilities.detach());
  }
  const Variable kl = kl_divergence(model);
  return {
      nll * static_cast<double>(position.training_samples) + kl * kl_weight(position),
      {{"nll", nll.value()}, {"kl", kl.value()}, train::accuracy(scores.value(), batch.targets)},
      kl_weight(position) == temperature};
}

}  // namespace credence::bayes

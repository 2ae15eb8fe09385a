// Pruning: a score for each weight, the weights that a rule names, and their posteriors' zeros.
#include "bayes/prune.hpp"

#include "bayes/layers/weight_layer.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {
namespace {

std::vector<WeightLayer*> weight_layers(nn::Module& model) {
  std::vector<WeightLayer*> layers;
  for (const NamedLayer& named : bayesian_layers(model)) {
    if (auto* layer = dynamic_cast<WeightLayer*>(named.layer)) layers.push_back(layer);
  }
  if (layers.empty()) {
    throw ValueError("[prune] the model has no Bayesian layer with a posterior of its weights");
  }
  return layers;
}

// |μ| / σ of each weight.
std::vector<double> signal_to_noise(const WeightPosterior& posterior) {
  std::vector<double> ratios = posterior.mean().value().to_vector<double>();
  const std::vector<double> log_variances = posterior.log_variance().value().to_vector<double>();
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    // The variance may underflow where its logarithm does not.
    if (ratios[i] != 0) ratios[i] = std::abs(ratios[i]) * std::exp(-0.5 * log_variances[i]);
  }
  return ratios;
}

std::vector<double> log_alphas(const WeightPosterior& posterior) {
  return posterior.log_alpha().value().to_vector<double>();
}

using Scores = std::vector<std::vector<double>>;  // of each layer
using Kept = std::vector<std::vector<bool>>;

template <class Score>
Scores scores_of(const std::vector<WeightLayer*>& layers, Score score) {
  Scores scores;
  for (const WeightLayer* layer : layers) scores.push_back(score(layer->weight().posterior()));
  return scores;
}

template <class Keep>
Kept kept_by(const Scores& scores, Keep keep) {
  Kept kept;
  for (const std::vector<double>& layer : scores) {
    kept.emplace_back();
    for (const double score : layer) kept.back().push_back(keep(score));
  }
  return kept;
}

Kept without_smallest(const Scores& scores, double share) {
  std::vector<std::pair<std::size_t, std::size_t>> order;  // layer, weight
  Kept kept = kept_by(scores, [](double) { return true; });
  for (std::size_t l = 0; l < scores.size(); ++l) {
    for (std::size_t i = 0; i < scores[l].size(); ++i) order.emplace_back(l, i);
  }
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return scores[a.first][a.second] < scores[b.first][b.second];
  });
  order.resize(static_cast<std::size_t>(std::llround(share * static_cast<double>(order.size()))));
  for (const auto& [layer, weight] : order) kept[layer][weight] = false;
  return kept;
}

struct KeptWeights {
  const std::vector<WeightLayer*>& layers;

  Kept operator()(const LogAlphaAbove& rule) const {
    require_number(rule.threshold);
    return kept_by(scores_of(layers, log_alphas),
                   [&](double log_alpha) { return !(log_alpha > rule.threshold); });
  }
  Kept operator()(const SignalToNoiseBelow& rule) const {
    require_number(rule.threshold);
    return kept_by(scores_of(layers, signal_to_noise),
                   [&](double ratio) { return !(ratio < rule.threshold); });
  }
  Kept operator()(const SmallestShare& rule) const {
    if (!(rule.share >= 0 && rule.share <= 1)) {
      throw ValueError("[prune] the share of pruned weights must be between 0 and 1, not " +
                       std::to_string(rule.share));
    }
    return without_smallest(scores_of(layers, signal_to_noise), rule.share);
  }

  static void require_number(double threshold) {
    if (std::isnan(threshold)) throw ValueError("[prune] the threshold is not a number");
  }
};

}  // namespace

std::int64_t prune(nn::Module& model, const PruningRule& rule) {
  const NoGrad no_grad;
  const std::vector<WeightLayer*> layers = weight_layers(model);
  const Kept kept = std::visit(KeptWeights{layers}, rule);
  std::int64_t pruned = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::vector<double> ones(kept[l].begin(), kept[l].end());
    pruned += std::count(kept[l].begin(), kept[l].end(), false);
    const Tensor mean = layers[l]->weight().mean().value();
    layers[l]->prune(Tensor::from(mean.shape(), ones).to(mean.dtype()).to(mean.device()));
  }
  return pruned;
}

}  // namespace credence::bayes

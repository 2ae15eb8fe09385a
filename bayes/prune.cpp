// Pruning: a score for each weight, the weights that a rule names, and their posteriors' zeros.
#include "bayes/prune.hpp"

#include "bayes/layers/weight_layer.hpp"
#include "bayes/walk.hpp"
#include "framework/base/counted.hpp"
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

std::vector<std::int64_t> rows_of(const std::vector<WeightLayer*>& layers) {
  std::vector<std::int64_t> rows;
  for (const WeightLayer* layer : layers) {
    rows.push_back(layer->weight().mean().value().shape()[0]);
  }
  return rows;
}

void require_widths(const std::vector<std::int64_t>& widths,
                    const std::vector<std::int64_t>& rows) {
  if (widths.size() + 1 != rows.size()) {
    throw ValueError(
        "[prune] there must be " + counted(static_cast<std::int64_t>(rows.size()) - 1, "width") +
        ", one for each Bayesian layer but the last, not " + std::to_string(widths.size()));
  }
  for (std::size_t l = 0; l < widths.size(); ++l) {
    if (widths[l] >= 1 && widths[l] <= rows[l]) continue;
    throw ValueError("[prune] a layer of " + std::to_string(rows[l]) + " units cannot keep " +
                     std::to_string(widths[l]));
  }
}

// Keeps the `width` rows of a layer with the largest sums of squares.
void keep_largest_rows(const std::vector<double>& ratios, std::int64_t rows, std::int64_t width,
                       std::vector<bool>& kept) {
  const std::size_t length = ratios.size() / static_cast<std::size_t>(rows);
  std::vector<std::pair<double, std::size_t>> order;  // minus the sum, so that the first is kept
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    double sum = 0;
    for (std::size_t i = row * length; i < (row + 1) * length; ++i) sum += ratios[i] * ratios[i];
    order.emplace_back(-sum, row);
  }
  std::sort(order.begin(), order.end());
  for (auto pruned = order.begin() + static_cast<std::ptrdiff_t>(width); pruned != order.end();
       ++pruned) {
    const auto begin = kept.begin() + static_cast<std::ptrdiff_t>(pruned->second * length);
    std::fill(begin, begin + static_cast<std::ptrdiff_t>(length), false);
  }
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
  Kept operator()(const LargestUnits& rule) const {
    const std::vector<std::int64_t> rows = rows_of(layers);
    require_widths(rule.widths, rows);
    const Scores ratios = scores_of(layers, signal_to_noise);
    Kept kept = kept_by(ratios, [](double) { return true; });
    for (std::size_t l = 0; l < rule.widths.size(); ++l) {
      keep_largest_rows(ratios[l], rows[l], rule.widths[l], kept[l]);
    }
    return kept;
  }

  static void require_number(double threshold) {
    if (std::isnan(threshold)) throw ValueError("[prune] the threshold is not a number");
  }
};

// The rule at the fraction f of its way.
struct PartOfRule {
  const std::vector<WeightLayer*>& layers;
  double f;

  PruningRule operator()(const SmallestShare& rule) const { return SmallestShare{f * rule.share}; }
  PruningRule operator()(const LargestUnits& rule) const {
    const std::vector<std::int64_t> rows = rows_of(layers);
    require_widths(rule.widths, rows);
    LargestUnits part = rule;
    for (std::size_t l = 0; l < part.widths.size(); ++l) {
      const auto pruned = static_cast<double>(rows[l] - rule.widths[l]);
      part.widths[l] = rows[l] - std::llround(f * pruned);
    }
    return part;
  }
  template <class Threshold>
  PruningRule operator()(const Threshold& rule) const {
    return rule;
  }
};

}  // namespace

PruningRule rule_of_step(const PruningRule& rule, nn::Module& model, std::int64_t step,
                         std::int64_t steps) {
  if (step < 1 || step > steps) {
    throw ValueError("[prune] there is no step " + std::to_string(step) + " of " +
                     std::to_string(steps));
  }
  const std::vector<WeightLayer*> layers = weight_layers(model);
  const double left = 1 - static_cast<double>(step) / static_cast<double>(steps);
  return std::visit(PartOfRule{layers, 1 - left * left * left}, rule);
}

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

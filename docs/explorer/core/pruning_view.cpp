// Removing weights, and the accuracy that is left.
#include "bayes/layers/weight_layer.hpp"
#include "bayes/predict.hpp"
#include "bayes/prune.hpp"
#include "bayes/walk.hpp"
#include "data/synthetic_digits.hpp"
#include "data/transform.hpp"
#include "docs/explorer/core/views.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/weight_counts.hpp"

#include <algorithm>
#include <cmath>

namespace credence::explorer {
namespace {

constexpr std::int64_t kDigits = 300;
constexpr double kLowest = -12, kHighest = 8, kBin = 0.5;

// log α of all weights of the Bayesian layers.
struct LayerDoubt {
  std::string name;
  std::vector<double> log_alpha;
};
std::vector<LayerDoubt> log_alphas(nn::Module& net) {
  std::vector<LayerDoubt> result;
  for (const bayes::NamedLayer& named : bayes::bayesian_layers(net)) {
    const auto& layer = dynamic_cast<const bayes::WeightLayer&>(*named.layer);
    const NoGrad no_grad;
    result.push_back(
        {named.name, layer.weight().posterior().log_alpha().value().to_vector<double>()});
  }
  return result;
}

std::vector<double> sorted(const std::vector<LayerDoubt>& layers) {
  std::vector<double> all;
  for (const LayerDoubt& layer : layers) {
    all.insert(all.end(), layer.log_alpha.begin(), layer.log_alpha.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

// Makes the share of all weights with the smallest magnitudes zero.
void remove_small(nn::Module& net, double share) {
  std::vector<float*> weights;
  for (const nn::NamedParameter& p : nn::parameters(net)) {
    if (p.role != nn::Role::weight) continue;
    float* const values = p.parameter->value().data<float>();
    for (std::int64_t i = 0; i < p.parameter->value().numel(); ++i) weights.push_back(values + i);
  }
  // Stable, so that equal weights go in the same order everywhere.
  std::stable_sort(weights.begin(), weights.end(),
                   [](const float* a, const float* b) { return std::abs(*a) < std::abs(*b); });
  weights.resize(
      static_cast<std::size_t>(std::lround(share * static_cast<double>(weights.size()))));
  for (float* const weight : weights) *weight = 0;
}

double accuracy(nn::Module& net, const Tensor& images, const std::vector<std::int64_t>& labels) {
  const std::vector<double> scores =
      bayes::predictive_log_probabilities(net, images, {.samples = 0}).to_vector<double>();
  double right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = scores.begin() + static_cast<std::ptrdiff_t>(10 * i);
    right += std::max_element(row, row + 10) - row == labels[i] ? 1 : 0;
  }
  return right / static_cast<double>(labels.size());
}

}  // namespace

PruningView::PruningView(std::filesystem::path path, io::SafeTensors file)
    : path_(std::move(path)), file_(std::move(file)), whole_(load_nets(path_, file_)) {
  const data::Dataset digits = data::synthetic_digits(kDigits, Generator(1), data::Split::test);
  images_ = data::to_float(digits.inputs);
  labels_ = digits.targets.to_vector<std::int64_t>();
}

Figures PruningView::log_alpha() {
  Figures figures;
  std::vector<double> edges;
  for (double edge = kLowest; edge <= kHighest; edge += kBin) edges.push_back(edge);
  figures.add("edges", edges);
  const std::vector<LayerDoubt> layers = log_alphas(*whole_.bayesian);
  for (const LayerDoubt& layer : layers) {
    std::vector<double> counts(edges.size() - 1);
    for (const double value : layer.log_alpha) {
      const double bin = std::floor((value - kLowest) / kBin);
      ++counts[static_cast<std::size_t>(
          std::clamp(bin, 0.0, static_cast<double>(counts.size() - 1)))];
    }
    figures.add(layer.name + " counts", counts);
  }
  return figures;
}

Figures PruningView::prune(Arguments arguments) {
  const double share = arguments.number();
  const Nets nets = load_nets(path_, file_);
  const std::vector<double> all = sorted(log_alphas(*nets.bayesian));
  bayes::prune(*nets.bayesian, bayes::SmallestShare{share});
  remove_small(nets.ordinary(), share);
  Figures figures;
  figures.add("accuracy", {accuracy(*nets.bayesian, images_, labels_),
                           accuracy(nets.ordinary(), images_, labels_)});
  std::vector<double> left;
  for (nn::Module* net : {static_cast<nn::Module*>(nets.bayesian.get()),
                          static_cast<nn::Module*>(&nets.ordinary())}) {
    for (const nn::WeightCount& count : nn::weight_counts(*net)) {
      left.push_back(static_cast<double>(count.nonzero()) / static_cast<double>(count.weights));
    }
  }
  figures.add("left", left);
  const auto kept =
      static_cast<std::size_t>(std::lround((1 - share) * static_cast<double>(all.size())));
  figures.add("threshold", kept == 0 ? kLowest : kept < all.size() ? all[kept] : kHighest);
  return figures;
}

}  // namespace credence::explorer

// The search for Bayesian layers in a model.
#include "bayes/walk.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <utility>

namespace credence::bayes {
namespace {

class LayerCollector : public nn::PathVisitor {
 public:
  void module(std::string_view name, nn::Module& child) override {
    if (auto* layer = dynamic_cast<BayesianLayer*>(&child)) add(path(name), layer);
    PathVisitor::module(name, child);
  }

  void add(const std::string& path, BayesianLayer* layer) {
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const NamedLayer& named) { return named.layer == layer; });
    if (!known) found.push_back({path, layer});
  }

  std::vector<NamedLayer> found;
};

}  // namespace

std::vector<NamedLayer> bayesian_layers(nn::Module& model) {
  LayerCollector collector;
  if (auto* layer = dynamic_cast<BayesianLayer*>(&model)) collector.add("", layer);
  model.visit(collector);
  return std::move(collector.found);
}

void require_no_bayesian_layers(nn::Module& model, const std::string& method) {
  if (bayesian_layers(model).empty()) return;
  throw ValueError("[" + method +
                   "] the model has Bayesian layers, whose weights have a distribution already; it "
                   "needs a model of the frequentist family");
}

void set_sampling(nn::Module& model, Sampling sampling) {
  for (const NamedLayer& named : bayesian_layers(model)) named.layer->set_sampling(sampling);
}

SamplingMode::SamplingMode(nn::Module& model, Sampling sampling) {
  for (const NamedLayer& named : bayesian_layers(model)) {
    before_.emplace_back(named.layer, named.layer->sampling());
  }
  for (const auto& [layer, before] : before_) layer->set_sampling(sampling);
}

SamplingMode::~SamplingMode() {
  for (const auto& [layer, before] : before_) layer->set_sampling(before);
}

}  // namespace credence::bayes

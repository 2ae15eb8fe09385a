#include "bayes/walk.hpp"

#include <utility>

namespace credence::bayes {
namespace {

class LayerCollector : public nn::PathVisitor {
 public:
  void module(std::string_view name, nn::Module& child) override {
    if (auto* layer = dynamic_cast<BayesianLayer*>(&child)) found.push_back({path(name), layer});
    PathVisitor::module(name, child);
  }
  std::vector<NamedLayer> found;
};

}  // namespace

std::vector<NamedLayer> bayesian_layers(nn::Module& model) {
  LayerCollector collector;
  if (auto* layer = dynamic_cast<BayesianLayer*>(&model)) collector.found.push_back({"", layer});
  model.visit(collector);
  return std::move(collector.found);
}

void set_sampling(nn::Module& model, Sampling sampling) {
  for (const NamedLayer& named : bayesian_layers(model)) named.layer->set_sampling(sampling);
}

}  // namespace credence::bayes

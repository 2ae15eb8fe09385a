// Layers in groups that one op computes together.
#include "bayes/joint_layers.hpp"

#include "bayes/layers/weight_layer.hpp"
#include "framework/ops/arithmetic.hpp"

#include <algorithm>
#include <optional>
#include <typeinfo>

namespace credence::bayes {
namespace {

// Layers on one device, in which the objects that compute are of one class.
struct JointGroup {
  const std::type_info* type;
  DType dtype;
  Device device;
  std::vector<WeightLayer*> layers;

  std::vector<const WeightPosterior*> posteriors() const {
    std::vector<const WeightPosterior*> posteriors;
    for (const WeightLayer* const layer : layers) {
      posteriors.push_back(&layer->weight().posterior());
    }
    return posteriors;
  }
};

void add_to_groups(WeightLayer& layer, const std::type_info& type,
                   std::vector<JointGroup>& groups) {
  const Variable mean = layer.weight().mean();
  const auto known = std::find_if(groups.begin(), groups.end(), [&](const JointGroup& group) {
    return *group.type == type && group.dtype == mean.dtype() && group.device == mean.device();
  });
  if (known == groups.end()) {
    groups.push_back({&type, mean.dtype(), mean.device(), {&layer}});
  } else {
    known->layers.push_back(&layer);
  }
}

// A layer whose weight is on a device.
WeightLayer* layer_on_device(const NamedLayer& named) {
  auto* const layer = dynamic_cast<WeightLayer*>(named.layer);
  return layer != nullptr && layer->weight().mean().device() != Device::cpu ? layer : nullptr;
}

void add_to(Variable& total, const Variable& summand) {
  total = total.defined() ? total + summand : summand;
}

}  // namespace

JointVariances::JointVariances(const std::vector<NamedLayer>& layers) {
  std::vector<JointGroup> groups;
  for (const NamedLayer& named : layers) {
    WeightLayer* const layer = layer_on_device(named);
    if (layer == nullptr || !layer->needs_variance()) continue;
    const WeightPosterior& posterior = layer->weight().posterior();
    add_to_groups(*layer, typeid(posterior), groups);
  }
  for (const JointGroup& group : groups) {
    const std::vector<const WeightPosterior*> posteriors = group.posteriors();
    const std::vector<Variable> variances = posteriors.front()->variances(posteriors);
    for (std::size_t i = 0; i < group.layers.size(); ++i) {
      group.layers[i]->set_variance(variances[i]);
      layers_.push_back(group.layers[i]);
    }
  }
}

JointVariances::~JointVariances() {
  for (WeightLayer* const layer : layers_) layer->set_variance({});
}

Variable sum_of_divergences(const std::vector<NamedLayer>& layers) {
  Variable total;
  std::vector<JointGroup> groups;
  for (const NamedLayer& named : layers) {
    WeightLayer* const layer = layer_on_device(named);
    if (layer == nullptr || !layer->weight().has_closed_form()) {
      add_to(total, named.layer->kl_divergence());
      continue;
    }
    const WeightPrior& prior = layer->weight().prior();
    add_to_groups(*layer, typeid(prior), groups);
  }
  for (const JointGroup& group : groups) {
    const WeightPrior& prior = group.layers.front()->weight().prior();
    const std::optional<Variable> sum = prior.sum_of_divergences(group.posteriors());
    if (sum) {
      add_to(total, *sum);
      continue;
    }
    for (WeightLayer* const layer : group.layers) add_to(total, layer->kl_divergence());
  }
  return total;
}

}  // namespace credence::bayes

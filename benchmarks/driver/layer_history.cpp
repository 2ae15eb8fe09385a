// KL divergence and mean log α of each layer, and their form in a trial's state.
#include "benchmarks/driver/layer_history.hpp"

#include "bayes/elbo.hpp"
#include "bayes/layers/weight_layer.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"

#include <numeric>

namespace credence::benchmarks {

std::vector<NamedTensor> log_alpha_tensors(nn::Module& model) {
  const NoGrad no_grad;
  std::vector<NamedTensor> tensors;
  for (const bayes::NamedLayer& named : bayes::bayesian_layers(model)) {
    const auto* const layer = dynamic_cast<const bayes::WeightLayer*>(named.layer);
    if (layer == nullptr) continue;
    tensors.push_back({named.name, layer->weight().posterior().log_alpha().value()});
  }
  return tensors;
}

LayerNumbers mean_log_alpha(nn::Module& model) {
  LayerNumbers numbers;
  for (const NamedTensor& layer : log_alpha_tensors(model)) {
    const std::vector<double> values = layer.tensor.to_vector<double>();
    numbers.emplace_back(layer.name, std::accumulate(values.begin(), values.end(), 0.0) /
                                         static_cast<double>(values.size()));
  }
  return numbers;
}

void LayerHistory::measure(nn::Module& model) {
  kl.push_back(bayes::kl_divergence_per_layer(model));
  log_alpha.push_back(mean_log_alpha(model));
}

Tensor as_tensor(const std::vector<LayerNumbers>& epochs) {
  std::vector<double> numbers;
  for (const LayerNumbers& layers : epochs) {
    for (const auto& [layer, number] : layers) numbers.push_back(number);
  }
  const std::size_t layers = epochs.empty() ? 0 : epochs.front().size();
  return Tensor::from({static_cast<std::int64_t>(epochs.size()), static_cast<std::int64_t>(layers)},
                      numbers);
}

std::vector<LayerNumbers> from_tensor(const Tensor& tensor, std::int64_t epochs,
                                      const LayerNumbers& layers) {
  const auto count = static_cast<std::int64_t>(layers.size());
  if (tensor.dtype() != DType::float64 || tensor.shape().rank() != 2 ||
      tensor.shape()[0] != epochs || (epochs > 0 && tensor.shape()[1] != count)) {
    throw ValueError("has figures of other layers than the model");
  }
  std::vector<LayerNumbers> history;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    LayerNumbers& numbers = history.emplace_back(layers);
    for (std::int64_t i = 0; i < count; ++i) {
      numbers[static_cast<std::size_t>(i)].second = tensor.data<double>()[epoch * count + i];
    }
  }
  return history;
}

}  // namespace credence::benchmarks

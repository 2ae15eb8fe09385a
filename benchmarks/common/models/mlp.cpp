// MLP's entry in the list of models.
#include "zoo/mlp.hpp"

#include "benchmarks/common/model_entry.hpp"

namespace credence::benchmarks {

std::vector<ModelEntry> mlp_entries() {
  const auto make = [](const ModelOptions& options, const Generator& generator,
                       const auto& layers) {
    zoo::MLPOptions own{
        .features = options.image->numel(), .classes = options.classes, .dropout = options.dropout};
    if (!options.widths.empty()) own.hidden = options.widths;
    return zoo::MLP(own, generator, layers);
  };
  ModelEntry entry{
      .name = "MLP",
      .image = {1, 28, 28},
      .dataset = "mnist",
      .last_layer = "fc3",
      .widths = zoo::MLPOptions{}.hidden,
      .takes_dropout = true,
      .make = for_both_families(make),
      .first_linear = "fc1",
      .first_linear_inputs = [](const ModelOptions& options) { return options.image->numel(); }};
  entry.credence = {
      .batch_size = 256, .from_random = {10, 1e-3, 1e-3}, .from_weights = {10, 1e-3, 1e-3}};
  // BayeTorch has no such model: these are its numbers for LeNet5 at a tenth of the first rate.
  entry.bayetorch = {
      .batch_size = 256, .from_random = {10, 1e-3, 1e-3}, .from_weights = {3, 1e-3, 1e-3}};
  return {entry};
}

}  // namespace credence::benchmarks

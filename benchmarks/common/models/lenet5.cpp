// LeNet5's entry in the list of models.
#include "zoo/lenet5.hpp"

#include "benchmarks/common/model_entry.hpp"

namespace credence::benchmarks {

std::vector<ModelEntry> lenet5_entries() {
  const auto make = [](const ModelOptions& options, const Generator& generator,
                       const auto& layers) {
    zoo::LeNet5Options own{.classes = options.classes, .dropout = options.dropout};
    if (!options.widths.empty()) own.widths = options.widths;
    return zoo::LeNet5(own, generator, layers);
  };
  ModelEntry entry{.name = "LeNet5",
                   .image = {1, 28, 28},
                   .dataset = "mnist",
                   .last_layer = "fc3",
                   .takes_dropout = true,
                   .make = for_both_families(make)};
  entry.credence = {
      .batch_size = 256, .from_random = {10, 1e-2, 5e-3}, .from_weights = {10, 1e-2, 5e-3}};
  entry.bayetorch = {
      .batch_size = 256, .from_random = {10, 1e-2, 1e-3}, .from_weights = {3, 1e-3, 1e-3}};
  return {entry};
}

}  // namespace credence::benchmarks

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
                   .widths = zoo::LeNet5Options{}.widths,
                   .takes_dropout = true,
                   .make = for_both_families(make)};
  entry.pytorch_names = [](const auto&, std::span<const std::string> names) {
    return zoo::sequential_names({"conv1", "conv2", "fc1", "fc2", "fc3"}, names);
  };
  // docs/recipes.md shows what each of these numbers is worth.
  entry.credence = {.batch_size = 256,
                    .average = 0.4,
                    .from_random = {10, 1e-2, 1e-2},
                    .from_weights = {10, 1e-2, 5e-3},
                    .bayesian = {.batch_size = 128,
                                 .activation = nn::Activation::softplus(4),
                                 .variational = {.log_alpha = -8, .largest_log_alpha = -4},
                                 .spread_learning_rate = 10}};
  entry.bayetorch = {
      .batch_size = 256, .from_random = {10, 1e-2, 1e-3}, .from_weights = {3, 1e-3, 1e-3}};
  return {entry};
}

}  // namespace credence::benchmarks

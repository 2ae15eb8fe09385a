// LeNet5's entry in the programs' list of models: the recipes.
#include "benchmarks/common/models.hpp"

namespace credence::benchmarks {

std::vector<ModelEntry> lenet5_entries() {
  ModelEntry entry{zoo::architecture_named("LeNet5")};
  entry.dataset = "mnist";
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

// MLP's entry in the programs' list of models: the recipes.
#include "benchmarks/common/models.hpp"

namespace credence::benchmarks {

std::vector<ModelEntry> mlp_entries() {
  ModelEntry entry{zoo::architecture_named("MLP")};
  entry.dataset = "mnist";
  entry.credence = {
      .batch_size = 256, .from_random = {10, 1e-3, 1e-3}, .from_weights = {10, 1e-3, 1e-3}};
  // BayeTorch has no such model: these are its numbers for LeNet5 at a tenth of the first rate.
  entry.bayetorch = {
      .batch_size = 256, .from_random = {10, 1e-3, 1e-3}, .from_weights = {3, 1e-3, 1e-3}};
  return {entry};
}

}  // namespace credence::benchmarks

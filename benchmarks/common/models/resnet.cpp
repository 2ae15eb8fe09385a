// The entries of ResNet20, ResNet32, ResNet44 and ResNet56 in the programs' list of models: the
// recipes.
#include "benchmarks/common/models.hpp"

namespace credence::benchmarks {
namespace {

ModelEntry resnet(int depth) {
  ModelEntry entry{zoo::architecture_named("ResNet" + std::to_string(depth))};
  entry.dataset = "cifar10";
  entry.credence = {.batch_size = 128,
                    .norm = zoo::Norm::batch,
                    .from_random = {10, 1e-3, 1e-3},
                    .from_weights = {10, 1e-3, 5e-4}};
  // BayeTorch has no residual networks: these have its batch size and its rates for VGG, and the
  // normalisation without which they do not learn well.
  entry.bayetorch = {.batch_size = 256,
                     .norm = zoo::Norm::batch,
                     .from_random = {100, 1e-3, 1e-4},
                     .from_weights = {100, 1e-4, 1e-4}};
  return entry;
}

}  // namespace

std::vector<ModelEntry> resnet_entries() {
  return {resnet(20), resnet(32), resnet(44), resnet(56)};
}

}  // namespace credence::benchmarks

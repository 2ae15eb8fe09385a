// The entries of VGG11, VGG13, VGG16 and VGG19 in the programs' list of models: the recipes.
#include "benchmarks/common/models.hpp"

namespace credence::benchmarks {
namespace {

ModelEntry vgg(int depth) {
  ModelEntry entry{zoo::architecture_named("VGG" + std::to_string(depth))};
  entry.dataset = "cifar10";
  entry.prediction_batch = 64;
  entry.credence = {.batch_size = 128,
                    .norm = zoo::Norm::batch,
                    .from_random = {10, 1e-3, 1e-3},
                    .from_weights = {10, 1e-3, 5e-4}};
  const std::int64_t epochs = depth == 11 ? 50 : 100;
  entry.bayetorch = {
      .batch_size = 256, .from_random = {epochs, 1e-3, 1e-4}, .from_weights = {epochs, 1e-4, 1e-4}};
  return entry;
}

}  // namespace

std::vector<ModelEntry> vgg_entries() { return {vgg(11), vgg(13), vgg(16), vgg(19)}; }

}  // namespace credence::benchmarks

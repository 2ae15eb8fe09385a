// The entries of ResNet20, ResNet32, ResNet44 and ResNet56 in the list of models.
#include "zoo/resnet.hpp"

#include "benchmarks/common/model_entry.hpp"

namespace credence::benchmarks {
namespace {

ModelEntry resnet(int depth) {
  const auto make = [depth](const ModelOptions& options, const Generator& generator, auto layers) {
    // What this normalisation has in place of its paper's activation.
    if (options.norm == zoo::Norm::filter_response && !options.activation) {
      layers.activation = nn::Activation::silu();
    }
    return zoo::ResNet({.depth = depth,
                        .channels = (*options.image)[0],
                        .classes = options.classes,
                        .norm = *options.norm},
                       generator, layers);
  };
  ModelEntry entry{.name = "ResNet" + std::to_string(depth),
                   .image = {3, 32, 32},
                   .dataset = "cifar10",
                   .last_layer = "fc",
                   .norms = {zoo::Norm::batch, zoo::Norm::filter_response, zoo::Norm::none},
                   .make = for_both_families(make)};
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

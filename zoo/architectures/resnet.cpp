// The entries of ResNet20, ResNet32, ResNet44 and ResNet56 in the list of models.
#include "zoo/resnet.hpp"

#include "zoo/architecture_entry.hpp"

namespace credence::zoo {

Architecture resnet(int depth) {
  const auto make = [depth](const ModelOptions& options, const Generator& generator, auto layers) {
    // What this normalisation has in place of its paper's activation.
    if (options.norm == Norm::filter_response && !options.activation) {
      layers.activation = nn::Activation::silu();
    }
    return ResNet({.depth = depth,
                   .channels = (*options.image)[0],
                   .classes = options.classes,
                   .norm = *options.norm},
                  generator, layers);
  };
  return {.name = "ResNet" + std::to_string(depth),
          .image = {3, 32, 32},
          .last_layer = "fc",
          .norms = {Norm::batch, Norm::filter_response, Norm::none},
          .make = for_both_families(make)};
}

}  // namespace credence::zoo

// The entries of VGG11, VGG13, VGG16 and VGG19 in the list of models.
#include "zoo/vgg.hpp"

#include "benchmarks/common/model_entry.hpp"

namespace credence::benchmarks {
namespace {

zoo::VggOptions own_options(int depth, const ModelOptions& options) {
  const Shape& image = *options.image;
  return {.depth = depth,
          .channels = image[0],
          .height = image[1],
          .width = image[2],
          .classes = options.classes,
          .batch_norm = options.norm == zoo::Norm::batch,
          .widths = options.widths,
          .dropout = options.dropout};
}

ModelEntry vgg(int depth) {
  const auto make = [depth](const ModelOptions& options, const Generator& generator,
                            const auto& layers) {
    return zoo::VGG(own_options(depth, options), generator, layers);
  };
  ModelEntry entry{.name = "VGG" + std::to_string(depth),
                   .image = {3, 32, 32},
                   .dataset = "cifar10",
                   .last_layer = "fc2",
                   .norms = {zoo::Norm::none, zoo::Norm::batch},
                   .widths = zoo::vgg_widths(depth),
                   .least_side = zoo::kVggLeastSide,
                   .takes_dropout = true,
                   .prediction_batch = 64,
                   .make = for_both_families(make),
                   .first_linear = "fc1",
                   .first_linear_inputs = [depth](const ModelOptions& options) {
                     return zoo::vgg_features(own_options(depth, options));
                   }};
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

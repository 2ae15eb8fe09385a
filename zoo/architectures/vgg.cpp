// The entries of VGG11, VGG13, VGG16 and VGG19 in the list of models.
#include "zoo/vgg.hpp"

#include "zoo/architecture_entry.hpp"
#include "zoo/torchvision_vgg.hpp"

namespace credence::zoo {
namespace {

VggOptions own_options(int depth, const ModelOptions& options) {
  const Shape& image = *options.image;
  return {.depth = depth,
          .channels = image[0],
          .height = image[1],
          .width = image[2],
          .classes = options.classes,
          .batch_norm = options.norm == Norm::batch,
          .widths = options.widths,
          .dropout = options.dropout};
}

}  // namespace

Architecture vgg(int depth) {
  const auto make = [depth](const ModelOptions& options, const Generator& generator,
                            const auto& layers) {
    return VGG(own_options(depth, options), generator, layers);
  };
  return {.name = "VGG" + std::to_string(depth),
          .image = {3, 32, 32},
          .last_layer = "fc2",
          .norms = {Norm::none, Norm::batch},
          .widths = vgg_widths(depth),
          .least_side = kVggLeastSide,
          .takes_dropout = true,
          .make = for_both_families(make),
          .pytorch_names =
              [depth](const auto&, std::span<const std::string> names) {
                return torchvision_vgg_names(depth, names);
              },
          .first_linear = "fc1",
          .first_linear_inputs =
              [depth](const ModelOptions& options) {
                return vgg_features(own_options(depth, options));
              }};
}

}  // namespace credence::zoo

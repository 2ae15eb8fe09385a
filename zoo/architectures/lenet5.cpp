// LeNet5's entry in the list of models.
#include "zoo/lenet5.hpp"

#include "zoo/architecture_entry.hpp"

namespace credence::zoo {
namespace {

LeNet5Options own_options(const ModelOptions& options) {
  const Shape& image = *options.image;
  LeNet5Options own{.channels = image[0],
                    .height = image[1],
                    .width = image[2],
                    .classes = options.classes,
                    .dropout = options.dropout};
  if (!options.widths.empty()) own.widths = options.widths;
  return own;
}

}  // namespace

Architecture lenet5() {
  const auto make = [](const ModelOptions& options, const Generator& generator,
                       const auto& layers) {
    return LeNet5(own_options(options), generator, layers);
  };
  return {.name = "LeNet5",
          .image = {1, 28, 28},
          .last_layer = "fc3",
          .widths = LeNet5Options{}.widths,
          .fewest_widths = 3,
          .least_side = kLeNet5LeastSide,
          .takes_dropout = true,
          .make = for_both_families(make),
          .pytorch_names =
              [](const std::vector<std::int64_t>& widths, std::span<const std::string> names) {
                std::vector<std::string> layers{"conv1", "conv2", "fc1", "fc2", "fc3"};
                if (widths.size() == 3) layers.erase(layers.end() - 2);
                return sequential_names(layers, names);
              },
          .first_linear = "fc1",
          .first_linear_inputs =
              [](const ModelOptions& options) { return lenet5_features(own_options(options)); }};
}

}  // namespace credence::zoo

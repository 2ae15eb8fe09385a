// LeNet5's entry in the list of models.
#include "zoo/lenet5.hpp"

#include "zoo/architecture_entry.hpp"

namespace credence::zoo {

Architecture lenet5() {
  const auto make = [](const ModelOptions& options, const Generator& generator,
                       const auto& layers) {
    LeNet5Options own{.classes = options.classes, .dropout = options.dropout};
    if (!options.widths.empty()) own.widths = options.widths;
    return LeNet5(own, generator, layers);
  };
  return {.name = "LeNet5",
          .image = {1, 28, 28},
          .last_layer = "fc3",
          .widths = LeNet5Options{}.widths,
          .takes_dropout = true,
          .make = for_both_families(make),
          .pytorch_names = [](const auto&, std::span<const std::string> names) {
            return sequential_names({"conv1", "conv2", "fc1", "fc2", "fc3"}, names);
          }};
}

}  // namespace credence::zoo

// MLP's entry in the list of models.
#include "zoo/mlp.hpp"

#include "zoo/architecture_entry.hpp"

namespace credence::zoo {

Architecture mlp() {
  const auto make = [](const ModelOptions& options, const Generator& generator,
                       const auto& layers) {
    MLPOptions own{.classes = options.classes, .dropout = options.dropout};
    if (!options.widths.empty()) own.hidden = options.widths;
    return MLP(own, generator, layers);
  };
  return {.name = "MLP",
          .image = {1, 28, 28},
          .last_layer = "fc3",
          .widths = MLPOptions{}.hidden,
          .takes_dropout = true,
          .make = for_both_families(make)};
}

}  // namespace credence::zoo

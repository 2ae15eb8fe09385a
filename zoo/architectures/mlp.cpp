// MLP's entry in the list of models.
#include "zoo/mlp.hpp"

#include "zoo/architecture_entry.hpp"

namespace credence::zoo {

Architecture mlp() {
  const auto make = [](const ModelOptions& options, const Generator& generator,
                       const auto& layers) {
    MLPOptions own{
        .features = options.image->numel(), .classes = options.classes, .dropout = options.dropout};
    if (!options.widths.empty()) own.hidden = options.widths;
    if (options.rows) {
      own.features = static_cast<std::int64_t>(options.rows->mean.size());
      own.scale = options.rows;
    }
    return MLP(own, generator, layers);
  };
  const auto pytorch_names = [](const std::vector<std::int64_t>& widths,
                                std::span<const std::string> names) {
    const std::size_t hidden = widths.empty() ? MLPOptions{}.hidden.size() : widths.size();
    std::vector<std::string> layers;
    for (std::size_t i = 0; i <= hidden; ++i) layers.push_back("fc" + std::to_string(i + 1));
    return sequential_names(layers, names);
  };
  return {.name = "MLP",
          .image = {1, 28, 28},
          .last_layer = "fc3",
          .widths = MLPOptions{}.hidden,
          .takes_rows = true,
          .takes_dropout = true,
          .make = for_both_families(make),
          .pytorch_names = pytorch_names,
          .first_linear = "fc1",
          .first_linear_inputs = [](const ModelOptions& options) {
            return options.rows ? static_cast<std::int64_t>(options.rows->mean.size())
                                : options.image->numel();
          }};
}

}  // namespace credence::zoo

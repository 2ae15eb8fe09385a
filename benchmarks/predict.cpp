#include "benchmarks/predict.hpp"

#include "bayes/uncertainty.hpp"
#include "benchmarks/images.hpp"
#include "data/image_file.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

// All pictures as uint8 [N, C, H, W].
Tensor read_pictures(const StoredModelOptions& options, const Shape& image) {
  const auto count = static_cast<std::int64_t>(options.pictures.size());
  const Tensor pictures = Tensor::empty({count, image[0], image[1], image[2]}, DType::uint8);
  auto* to = pictures.data<std::uint8_t>();
  for (const std::filesystem::path& path : options.pictures) {
    const Tensor picture = data::read_image(path, image[1], image[2], image[0]);
    const auto* from = picture.data<std::uint8_t>();
    const auto invert = [](std::uint8_t value) { return static_cast<std::uint8_t>(255 - value); };
    const auto keep = [](std::uint8_t value) { return value; };
    to = options.invert ? std::transform(from, from + picture.numel(), to, invert)
                        : std::transform(from, from + picture.numel(), to, keep);
  }
  return pictures;
}

}  // namespace

void predict(const StoredModelOptions& options) {
  if (options.threads > 0) set_num_threads(options.threads);
  const StoredModel stored = read_stored_model(options);
  const Tensor pictures = read_pictures(options, image_shape_of(stored.name));
  const bool bayesian = stored.family == Family::bayesian;
  const bayes::Uncertainty uncertainty = bayes::uncertainty(
      *stored.model.module, to_float(pictures), {.samples = bayesian ? options.samples : 0});
  const auto numbers = [](const Tensor& tensor) { return tensor.to_vector<double>(); };
  const std::vector<double> probabilities = numbers(uncertainty.probabilities);
  const std::vector<double> epistemic = numbers(uncertainty.epistemic_trace);
  const std::vector<double> aleatoric = numbers(uncertainty.aleatoric_trace);
  const std::vector<double> entropy = numbers(uncertainty.entropy);
  Json json = Json::array();
  std::string text;
  for (std::size_t i = 0; i < options.pictures.size(); ++i) {
    const std::int64_t label =
        uncertainty.prediction.data<std::int64_t>()[static_cast<std::int64_t>(i)];
    const double* const row = probabilities.data() + i * static_cast<std::size_t>(stored.classes);
    Json entry{{"file", options.pictures[i].string()},
               {"model", full_name(stored)},
               {"prediction", class_name(stored, label)},
               {"label", label},
               {"probabilities", Json::object()},
               {"entropy", entropy[i]},
               {"aleatoric", aleatoric[i]}};
    if (bayesian) entry["epistemic"] = epistemic[i];
    text += fmt::format("{}: {} ({:.2f} %)\n ", options.pictures[i].string(),
                        class_name(stored, label), 100 * row[label]);
    for (std::int64_t c = 0; c < stored.classes; ++c) {
      entry["probabilities"][class_name(stored, c)] = row[c];
      text += fmt::format(" {} {:.2f} %{}", class_name(stored, c), 100 * row[c],
                          c + 1 < stored.classes ? "," : "\n");
    }
    if (bayesian) text += fmt::format("  epistemic {:.4f},", epistemic[i]);
    text += fmt::format("{}aleatoric {:.4f}, entropy {:.4f}\n", bayesian ? " " : "  ", aleatoric[i],
                        entropy[i]);
    json.push_back(std::move(entry));
  }
  print_results(options, text, json.dump(2) + "\n");
}

}  // namespace credence::benchmarks

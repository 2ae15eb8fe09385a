// The parts of a checkpoint's metadata, each with its checks.
#include "zoo/stored_metadata.hpp"

#include "bayes/methods/stored_method.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/io/nearest_names.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

namespace credence::zoo {

Checkpoint::Checkpoint(const std::filesystem::path& path)
    : path_(path.string()),
      whole_(io::load_safetensors(path)),
      stored_(bayes::first_network(whole_)),
      file_(stored_) {}

void Checkpoint::rename(const io::KeyMap& keys) {
  keys_ = keys;
  file_ = io::renamed(path_, stored_, keys);
}

void Checkpoint::load(nn::Module& model) const {
  io::load_checkpoint(path_, stored_, model, {.rename = keys_, .cast = true});
}

void Checkpoint::fail(const std::string& what) const { throw FileError(path_, what); }

std::string Checkpoint::text(const std::string& key) const {
  const auto entry = file_.metadata.find(key);
  return entry == file_.metadata.end() ? std::string() : entry->second;
}

std::vector<std::string> Checkpoint::parts(const std::string& key, char separator) const {
  std::vector<std::string> parts;
  std::istringstream stream(text(key));
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::optional<double> Checkpoint::number(const std::string& key) const {
  const std::vector<double> list = numbers<double>(key);
  if (list.size() > 1) {
    fail(fmt::format("\"{}\" of the metadata is no number: {}", key, text(key)));
  }
  return list.empty() ? std::nullopt : std::optional(list.front());
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> names;
  for (const NamedTensor& tensor : file_.tensors) names.push_back(tensor.name);
  return names;
}

std::optional<Family> stored_family(const Checkpoint& checkpoint) {
  const std::string name = checkpoint.text("family");
  if (name.empty()) return {};
  const std::optional<Family> family = family_named(name);
  if (!family) {
    checkpoint.fail("is of the family " + name + ", which is neither frequentist nor bayesian");
  }
  return family;
}

std::optional<Norm> stored_norm(const Checkpoint& checkpoint, const Architecture& model) {
  const std::string name = checkpoint.text("norm");
  if (name.empty()) {
    const std::string text = checkpoint.text("batch_norm");
    if (text != "true" && text != "false") return {};
    const Norm norm = text == "true" ? Norm::batch : Norm::none;
    return model.takes(norm) ? std::optional(norm) : std::nullopt;
  }
  const std::optional<Norm> norm = norm_named(name);
  if (!norm || !model.takes(*norm)) {
    checkpoint.fail("has the normalisation " + name + ", which " + model.name + " does not take");
  }
  return norm;
}

namespace {

// Throws where weights between neighbouring layers of these widths have more elements than the
// file. None of the widths is larger than that.
void require_weights(const Checkpoint& checkpoint, const std::vector<std::int64_t>& widths) {
  std::int64_t left = 0;
  for (const NamedTensor& named : checkpoint.file().tensors) left += named.tensor.numel();
  for (std::size_t i = 1; i < widths.size(); ++i) {
    if (widths[i] > left / widths[i - 1]) {
      checkpoint.fail("has fewer elements than layers of the widths " + checkpoint.text("widths") +
                      " have, which \"widths\" of the metadata names");
    }
    left -= widths[i] * widths[i - 1];
  }
}

}  // namespace

std::vector<std::int64_t> stored_widths(const Checkpoint& checkpoint) {
  const std::vector<std::int64_t> widths = checkpoint.numbers<std::int64_t>("widths");
  for (const std::int64_t width : widths) {
    const auto& tensors = checkpoint.file().tensors;
    if (std::any_of(tensors.begin(), tensors.end(), [&](const NamedTensor& named) {
          return named.tensor.numel() > 0 && named.tensor.shape().rank() > 0 &&
                 named.tensor.shape()[0] == width;
        })) {
      continue;
    }
    checkpoint.fail(
        fmt::format("has no tensor of width {}, which \"widths\" of the metadata names", width));
  }
  require_weights(checkpoint, widths);
  return widths;
}

double stored_dropout(const Checkpoint& checkpoint) {
  const double stored = checkpoint.number("dropout").value_or(0);
  if (!(stored >= 0 && stored < 1)) {
    checkpoint.fail(fmt::format("has dropout {}, which is not in [0, 1)", stored));
  }
  return stored;
}

std::int64_t class_count(const Checkpoint& checkpoint, const std::string& model) {
  const std::string last = architecture_named(model).last_layer + ".weight";
  const Tensor* const weight = checkpoint.file().find(last);
  if (weight == nullptr || weight->shape().rank() != 2 || weight->numel() < 1) {
    const std::string nearest = io::nearest_names_text(last, checkpoint.names());
    checkpoint.fail(fmt::format("has no matrix \"{}\", which {} ends with{}", last, model,
                                nearest.empty() ? "" : "; its nearest names are " + nearest));
  }
  return weight->shape()[0];
}

std::optional<Scale> stored_rows(const Checkpoint& checkpoint, const std::string& model) {
  const Tensor* const mean = checkpoint.file().find("input_mean");
  if (mean == nullptr || mean->numel() < 1 || !architecture_named(model).takes_rows) return {};
  const auto columns = static_cast<std::size_t>(mean->numel());
  return Scale{std::vector<float>(columns, 0.0F), std::vector<float>(columns, 1.0F)};
}

std::optional<nn::Activation> stored_activation(const Checkpoint& checkpoint) {
  const std::string name = checkpoint.text("activation");
  if (name.empty()) return {};
  try {
    return nn::Activation::from_name(name);
  } catch (const ValueError& error) {
    checkpoint.fail(error.what());
  }
}

std::optional<data::Normalize> normalization_of(const Checkpoint& checkpoint,
                                                std::int64_t channels) {
  data::Normalize normalize{checkpoint.numbers<float>("mean"), checkpoint.numbers<float>("std")};
  if (normalize.mean.empty() && normalize.std.empty()) return {};
  try {
    // Made for its checks alone.
    data::SampleTransform({.normalize = normalize}, {channels, 1, 1});
  } catch (const ValueError& error) {
    checkpoint.fail(error.what());
  }
  return normalize;
}

Shape stored_image(const Checkpoint& checkpoint, const Architecture& model) {
  constexpr std::int64_t kMostPixels = 1 << 24;
  const std::vector<std::int64_t> extents = checkpoint.numbers<std::int64_t>("image");
  if (extents.empty()) return model.image;
  const auto within = [](std::int64_t extent) { return extent >= 1 && extent <= kMostPixels; };
  if (extents.size() != 3 || !std::all_of(extents.begin(), extents.end(), within) ||
      (extents[0] != 1 && extents[0] != 3) || extents[1] > kMostPixels / extents[2]) {
    checkpoint.fail("has images of the shape " + checkpoint.text("image") +
                    ", which is not C,H,W with 1 or 3 channels and at most 2^24 pixels");
  }
  return {extents[0], extents[1], extents[2]};
}

std::vector<VariationalChoice> stored_choices(const Checkpoint& checkpoint) {
  VariationalChoice choice{.largest_log_alpha = checkpoint.number("largest_log_alpha"),
                           .largest_deviation = checkpoint.number("largest_deviation"),
                           .prior = checkpoint.text("prior"),
                           .prior_deviation = checkpoint.number("prior_deviation"),
                           .estimator = checkpoint.text("estimator")};
  // Spreads come from the file; they only must not start above their caps.
  choice.log_alpha = choice.largest_log_alpha;
  if (choice.largest_deviation) choice.log_variance = 2 * std::log(*choice.largest_deviation);
  std::vector<VariationalChoice> choices;
  const std::string posterior = checkpoint.text("posterior");
  std::vector<std::string> names{posterior};
  if (posterior.empty()) names = {choice.posterior, "gaussian"};
  // Which the first of these has alone.
  if (posterior.empty() && choice.largest_log_alpha) names.pop_back();
  for (const std::string& name : names) {
    choice.posterior = name;
    try {
      variational_of(choice);
    } catch (const ValueError& error) {
      checkpoint.fail(error.what());
    }
    choices.push_back(choice);
  }
  return choices;
}

}  // namespace credence::zoo

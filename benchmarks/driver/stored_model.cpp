#include "benchmarks/driver/stored_model.hpp"

#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

// A file's tensors, and its metadata by key.
class Checkpoint {
 public:
  explicit Checkpoint(const std::filesystem::path& path)
      : path_(path.string()), file_(io::load_safetensors(path)) {}

  const io::SafeTensors& file() const { return file_; }
  [[noreturn]] void fail(const std::string& what) const { throw FileError(path_, what); }

  // Empty where there is none.
  std::string text(const std::string& key) const {
    const auto entry = file_.metadata.find(key);
    return entry == file_.metadata.end() ? std::string() : entry->second;
  }

  std::vector<std::string> parts(const std::string& key, char separator) const {
    std::vector<std::string> parts;
    std::istringstream stream(text(key));
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
  }

  template <class T>
  std::vector<T> numbers(const std::string& key) const {
    std::vector<T> numbers;
    for (const std::string& part : parts(key, ',')) {
      const std::optional<T> value = parse_decimal<T>(part);
      if (!value) {
        fail(fmt::format("\"{}\" of the metadata is no list of numbers: {}", key, text(key)));
      }
      numbers.push_back(*value);
    }
    return numbers;
  }

 private:
  std::string path_;
  io::SafeTensors file_;
};

std::string model_name(const StoredModelOptions& options, const Checkpoint& checkpoint) {
  const std::string stored = checkpoint.text("model");
  if (stored.empty() && options.model.empty()) {
    throw ValueError("[checkpoint] " + options.checkpoint.string() +
                     " does not say which model it is of; --model names it");
  }
  if (stored.empty()) return options.model;
  const std::vector<std::string> known = model_names();
  if (std::find(known.begin(), known.end(), stored) == known.end()) {
    checkpoint.fail(
        fmt::format("is of the model {}, which is none of {}", stored, fmt::join(known, ", ")));
  }
  if (!options.model.empty() && options.model != stored) {
    checkpoint.fail(fmt::format("is of {}, not of {}", stored, options.model));
  }
  return stored;
}

Family family_of(const StoredModelOptions& options, const Checkpoint& checkpoint) {
  const Family family =
      checkpoint.file().find("conv1.log_alpha") != nullptr ? Family::bayesian : Family::frequentist;
  if (options.family.value_or(family) != family) {
    checkpoint.fail(fmt::format("is of a {} model, not of a {} one", to_string(family),
                                to_string(*options.family)));
  }
  return family;
}

// The rows of the last layer's weight.
std::int64_t class_count(const Checkpoint& checkpoint, const std::string& model) {
  const std::string last = model_named(model).last_layer + ".weight";
  const Tensor* const weight = checkpoint.file().find(last);
  if (weight == nullptr || weight->shape().rank() != 2 || weight->shape()[0] < 1) {
    checkpoint.fail(fmt::format("has no matrix \"{}\", which {} ends with", last, model));
  }
  return weight->shape()[0];
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

}  // namespace

StoredModel read_stored_model(const StoredModelOptions& options) {
  const Checkpoint checkpoint(options.checkpoint);
  const std::string name = model_name(options, checkpoint);
  const Family family = family_of(options, checkpoint);
  const std::int64_t classes = class_count(checkpoint, name);
  const std::vector<std::uint64_t> seeds = checkpoint.numbers<std::uint64_t>("seed");
  const std::uint64_t seed = seeds.empty() ? 1 : seeds.front();
  std::vector<std::string> class_names = checkpoint.parts("class_names", '\n');
  if (static_cast<std::int64_t>(class_names.size()) != classes) class_names.clear();
  StoredModel stored{
      .model = make_model(
          {.name = name,
           .classes = classes,
           .batch_norm = checkpoint.file().find("norm1.weight") != nullptr,
           .activation = options.activation ? options.activation : stored_activation(checkpoint)},
          // As a run makes it, so that posterior samples are those of its report.
          family, Generator(seed).split("model")),
      .name = name,
      .family = family,
      .dataset = checkpoint.text("dataset"),
      .seed = seed,
      .classes = classes,
      .class_names = std::move(class_names),
      .normalize = normalization_of(checkpoint, model_named(name).image[0])};
  io::load_checkpoint(options.checkpoint, checkpoint.file(), *stored.model.module);
  nn::move_to(*stored.model.module, chosen_device(options.computing.device));
  return stored;
}

std::string full_name(const StoredModel& stored) {
  return (stored.family == Family::bayesian ? "Bayesian" : "") + stored.name;
}

}  // namespace credence::benchmarks

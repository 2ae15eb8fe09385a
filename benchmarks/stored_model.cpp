#include "benchmarks/stored_model.hpp"

#include "framework/core/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/checkpoint.hpp"

#include <cstdlib>
#include <sstream>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

std::string metadata(const io::SafeTensors& file, const std::string& key) {
  const auto entry = file.metadata.find(key);
  return entry == file.metadata.end() ? std::string() : entry->second;
}

// The rows of the last layer's weight.
std::int64_t class_count(const StoredModelOptions& options, const io::SafeTensors& file,
                         const std::string& model) {
  const char* const last = model == "LeNet5" ? "fc3.weight" : "fc2.weight";
  const Tensor* const weight = file.find(last);
  if (weight == nullptr || weight->shape().rank() != 2 || weight->shape()[0] < 1) {
    throw FileError(options.checkpoint.string(),
                    std::string("has no matrix \"") + last + "\", which " + model + " ends with");
  }
  return weight->shape()[0];
}

// The model's own where the file says its seed: then its samples are those of the run that wrote
// it.
Generator generator_of(const io::SafeTensors& file) {
  const std::string seed = metadata(file, "seed");
  return Generator(seed.empty() ? 1 : std::strtoull(seed.c_str(), nullptr, 10)).split("model");
}

}  // namespace

StoredModel read_stored_model(const StoredModelOptions& options) {
  const io::SafeTensors file = io::load_safetensors(options.checkpoint);
  const std::string stored_name = metadata(file, "model");
  const std::string name = options.model.empty() ? stored_name : options.model;
  if (name.empty()) {
    throw ValueError("[checkpoint] " + options.checkpoint.string() +
                     " does not say which model it is of; --model names it");
  }
  if (!stored_name.empty() && stored_name != name) {
    throw FileError(options.checkpoint.string(), "is of " + stored_name + ", not of " + name);
  }
  StoredModel stored{
      .model = {nullptr, nn::Activation::relu()},
      .name = name,
      .family = file.find("conv1.log_alpha") != nullptr ? Family::bayesian : Family::frequentist,
      .dataset = metadata(file, "dataset"),
      .classes = class_count(options, file, name),
      .class_names = {}};
  std::istringstream names(metadata(file, "class_names"));
  for (std::string line; std::getline(names, line);) stored.class_names.push_back(line);
  if (static_cast<std::int64_t>(stored.class_names.size()) != stored.classes) {
    stored.class_names.clear();
  }
  std::optional<nn::Activation> activation = options.activation;
  const std::string stored_activation = metadata(file, "activation");
  if (!activation && !stored_activation.empty()) {
    activation = nn::Activation::from_name(stored_activation);
  }
  stored.model = make_model({.name = name,
                             .classes = stored.classes,
                             .batch_norm = file.find("norm1.weight") != nullptr,
                             .activation = activation},
                            stored.family, generator_of(file));
  io::load_checkpoint(options.checkpoint, file, *stored.model.module);
  return stored;
}

std::string class_name(const StoredModel& stored, std::int64_t label) {
  return stored.class_names.empty() ? std::to_string(label)
                                    : stored.class_names[static_cast<std::size_t>(label)];
}

std::string full_name(const StoredModel& stored) {
  return (stored.family == Family::bayesian ? "Bayesian" : "") + stored.name;
}

void print_results(const StoredModelOptions& options, const std::string& text,
                   const std::string& json) {
  if (options.json && *options.json == "-") {
    fmt::print("{}", json);
    return;
  }
  if (options.json) io::write_file_atomically(*options.json, json);
  fmt::print("{}", text);
}

}  // namespace credence::benchmarks

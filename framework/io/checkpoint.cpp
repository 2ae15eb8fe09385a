// Saving a module to safetensors and loading it, with tied tensors stored once.
#include "framework/io/checkpoint.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace credence::io {
namespace {

// A tensor of a model with all its paths. The file gets the first.
struct Part {
  std::vector<std::string> names;
  Tensor tensor;

  bool has_name(const std::string& name) const {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
};

std::vector<std::string> all_names(const std::string& name, const std::vector<std::string>& more) {
  std::vector<std::string> names{name};
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

std::vector<Part> parts_of(nn::Module& module) {
  std::vector<Part> parts;
  for (const nn::NamedParameter& p : nn::parameters(module)) {
    parts.push_back({all_names(p.name, p.other_names), p.parameter->value()});
  }
  for (const nn::NamedBuffer& b : nn::buffers(module)) {
    parts.push_back({all_names(b.name, b.other_names), *b.buffer});
  }
  return parts;
}

std::string describe(const Tensor& tensor) {
  return std::string(to_string(tensor.dtype())) + " " + tensor.shape().to_string();
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.bytes() == 0 || std::memcmp(a.raw_data(), b.raw_data(), a.bytes()) == 0;
}

// The file's tensor for a part of the model.
const Tensor& stored_for(const std::filesystem::path& path, const SafeTensors& file,
                         const Part& own) {
  const Tensor* chosen = nullptr;
  std::string chosen_name;
  for (const std::string& name : own.names) {
    const Tensor* const stored = file.find(name);
    if (stored == nullptr) continue;
    if (stored->shape() != own.tensor.shape() || stored->dtype() != own.tensor.dtype()) {
      throw FileError(path.string(), "\"" + name + "\" is " + describe(*stored) +
                                         ", the model needs " + describe(own.tensor));
    }
    if (chosen != nullptr && !same_bits(*chosen, *stored)) {
      throw FileError(path.string(), "\"" + chosen_name + "\" and \"" + name +
                                         "\" differ, but are one tensor of the model");
    }
    if (chosen == nullptr) chosen_name = name;
    chosen = stored;
  }
  if (chosen == nullptr) {
    throw FileError(path.string(),
                    "has no tensor \"" + own.names.front() + "\", which the model needs");
  }
  return *chosen;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, nn::Module& module,
                     const std::map<std::string, std::string>& metadata) {
  std::vector<NamedTensor> state;
  for (const Part& part : parts_of(module)) state.push_back({part.names.front(), part.tensor});
  save_safetensors(path, state, metadata);
}

void load_checkpoint(const std::filesystem::path& path, nn::Module& module) {
  load_checkpoint(path, load_safetensors(path), module);
}

void load_checkpoint(const std::filesystem::path& path, const SafeTensors& file,
                     nn::Module& module) {
  const std::vector<Part> parts = parts_of(module);
  std::vector<std::pair<Tensor, Tensor>> copies;
  for (const Part& own : parts) copies.emplace_back(own.tensor, stored_for(path, file, own));
  if (file.tensors.size() != parts.size()) {
    for (const NamedTensor& stored : file.tensors) {
      const bool known = stored.name.ends_with(".num_batches_tracked") ||
                         std::any_of(parts.begin(), parts.end(),
                                     [&](const Part& own) { return own.has_name(stored.name); });
      if (!known) {
        throw FileError(path.string(), "\"" + stored.name + "\" is not part of the model");
      }
    }
  }
  for (const auto& [own, stored] : copies) own.copy_from(stored);
}

}  // namespace credence::io

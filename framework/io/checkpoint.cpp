#include "framework/io/checkpoint.hpp"

#include "framework/core/error.hpp"

#include <string>

namespace credence::io {
namespace {

std::vector<NamedTensor> state_of(nn::Module& module) {
  std::vector<NamedTensor> state;
  for (const nn::NamedParameter& p : nn::parameters(module)) {
    state.push_back({p.name, p.parameter->value()});
  }
  for (const nn::NamedBuffer& b : nn::buffers(module)) state.push_back({b.name, *b.buffer});
  return state;
}

std::string describe(const Tensor& tensor) {
  return std::string(to_string(tensor.dtype())) + " " + tensor.shape().to_string();
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, nn::Module& module,
                     const std::map<std::string, std::string>& metadata) {
  save_safetensors(path, state_of(module), metadata);
}

void load_checkpoint(const std::filesystem::path& path, nn::Module& module) {
  load_checkpoint(path, load_safetensors(path), module);
}

void load_checkpoint(const std::filesystem::path& path, const SafeTensors& file,
                     nn::Module& module) {
  const std::vector<NamedTensor> state = state_of(module);
  for (const NamedTensor& own : state) {
    const Tensor* stored = file.find(own.name);
    if (stored == nullptr) {
      throw FileError(path.string(), "has no tensor \"" + own.name + "\", which the model needs");
    }
    if (stored->shape() != own.tensor.shape() || stored->dtype() != own.tensor.dtype()) {
      throw FileError(path.string(), "\"" + own.name + "\" is " + describe(*stored) +
                                         ", the model needs " + describe(own.tensor));
    }
  }
  if (file.tensors.size() != state.size()) {
    for (const NamedTensor& stored : file.tensors) {
      bool known = stored.name.ends_with(".num_batches_tracked");
      for (const NamedTensor& own : state) known = known || own.name == stored.name;
      if (!known) {
        throw FileError(path.string(), "\"" + stored.name + "\" is not part of the model");
      }
    }
  }
  for (const NamedTensor& own : state) own.tensor.copy_from(*file.find(own.name));
}

}  // namespace credence::io

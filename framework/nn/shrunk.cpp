// Between a model and its smaller form: the tensors of one in the other.
#include "framework/base/error.hpp"
#include "framework/nn/chain.hpp"
#include "framework/nn/shrink.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace credence::nn {
namespace {

using ByPath = std::map<std::string, Tensor>;

ByPath tensors_by_path(Module& model) {
  ByPath tensors;
  for (const NamedParameter& p : parameters(model)) tensors[p.name] = p.parameter->value();
  for (const NamedBuffer& b : buffers(model)) tensors[b.name] = *b.buffer;
  return tensors;
}

Tensor like(const Tensor& tensor, const std::vector<double>& values) {
  return Tensor::from(tensor.shape(), values).to(tensor.dtype()).to(tensor.device());
}

// What a layer of the model and its smaller form have in common.
struct Places {
  const Units& rows;     // of the layer's units, those of the smaller form
  const Units& columns;  // likewise of the layer before, which has `before` units
  std::int64_t before;
};

void require(bool fits, const std::string& name, const Tensor& small, const Tensor& large) {
  if (fits) return;
  throw ShapeError("[shrink] \"" + name + "\" is " + small.shape().to_string() +
                   ", which is no part of " + large.shape().to_string());
}

// [out, in · taps] of the smaller form in a tensor of zeros.
Tensor widened_weight(const std::string& name, const Tensor& small, const Tensor& large,
                      const Places& places) {
  const auto rows = static_cast<std::int64_t>(places.rows.size());
  const auto columns = static_cast<std::int64_t>(places.columns.size());
  const std::int64_t length = large.numel() / large.shape()[0];
  const std::int64_t taps = length / places.before;
  require(small.numel() == rows * columns * taps, name, small, large);
  const std::vector<double> values = small.to_vector<double>();
  std::vector<double> widened(static_cast<std::size_t>(large.numel()), 0.0);
  const double* from = values.data();
  for (const std::int64_t row : places.rows) {
    for (const std::int64_t column : places.columns) {
      std::copy_n(from, taps, widened.data() + row * length + column * taps);
      from += taps;
    }
  }
  return like(large, widened);
}

// A number for each unit; those of the other units stay.
Tensor widened_vector(const std::string& name, const Tensor& small, const Tensor& large,
                      const Units& units) {
  require(small.numel() == static_cast<std::int64_t>(units.size()), name, small, large);
  const std::vector<double> values = small.to_vector<double>();
  std::vector<double> widened = large.to_vector<double>();
  for (std::size_t i = 0; i < units.size(); ++i) {
    widened[static_cast<std::size_t>(units[i])] = values[i];
  }
  return like(large, widened);
}

}  // namespace

void load(const Shrunk& shrunk, Module& model) {
  const ByPath own = tensors_by_path(model);
  std::set<std::string> names;
  for (const NamedTensor& named : shrunk.tensors) {
    names.insert(named.name);
    const auto found = own.find(named.name);
    if (found == own.end()) {
      throw ValueError("[shrink] the model has no \"" + named.name + "\"");
    }
    if (found->second.shape() != named.tensor.shape() ||
        found->second.dtype() != named.tensor.dtype()) {
      throw ShapeError("[shrink] \"" + named.name + "\" is " + named.tensor.shape().to_string() +
                       ' ' + to_string(named.tensor.dtype()) + ", but in the model " +
                       found->second.shape().to_string() + ' ' + to_string(found->second.dtype()));
    }
  }
  for (const auto& [name, tensor] : own) {
    if (!names.contains(name)) throw ValueError("[shrink] there is no \"" + name + "\"");
  }
  for (const NamedTensor& named : shrunk.tensors) own.at(named.name).copy_from(named.tensor);
}

void widen(const Shrunk& shrunk, Module& smaller, Module& model,
           std::span<const ChainLayer> chain) {
  if (shrunk.units.size() != chain.size()) {
    throw ValueError("[shrink] the chain has not as many layers as that of the smaller model");
  }
  const ByPath own = tensors_by_path(model);
  const ByPath values = tensors_by_path(smaller);
  const auto value = [&](const std::string& name) {
    const auto found = values.find(name);
    if (found == values.end()) throw ValueError("[shrink] there is no \"" + name + "\"");
    return found->second;
  };
  std::vector<std::pair<Tensor, Tensor>> copies;
  Units before;
  std::int64_t units_before = 0;
  for (std::size_t l = 0; l < chain.size(); ++l) {
    const Units& units = shrunk.units[l];
    const std::string layer = path_in(model, *chain[l].layer);
    const std::string weight_name = join(layer, "weight");
    const Tensor& weight = own.at(weight_name);
    if (l == 0) before = all_units(units_before = weight.shape()[1]);
    copies.emplace_back(weight, widened_weight(weight_name, value(weight_name), weight,
                                               {units, before, units_before}));
    const auto copy_vector = [&](const std::string& name) {
      copies.emplace_back(own.at(name), widened_vector(name, value(name), own.at(name), units));
    };
    const std::string bias = join(layer, "bias");
    if (own.contains(bias)) copy_vector(bias);
    if (chain[l].norm != nullptr) {
      const std::string norm = path_in(model, *chain[l].norm);
      for (const auto& [name, tensor] : tensors_by_path(*chain[l].norm))
        copy_vector(join(norm, name));
    }
    before = units;
    units_before = weight.shape()[0];
  }
  for (const auto& [to, from] : copies) to.copy_from(from);
}

}  // namespace credence::nn

// Shrinking: constants move into the next layer, forwards, then units that nothing reads are
// dropped, backwards. One pass each is enough, because the second makes no further constants.
#include "framework/nn/shrink.hpp"

#include "framework/base/error.hpp"
#include "framework/nn/chain.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace credence::nn {
namespace {

// A layer's numbers, weight [out][in][taps]: the taps of a unit are a kernel's, or the positions
// that a flattened channel has.
struct Numbers {
  std::string path;
  Tensor weight{};
  Tensor bias{};  // undefined where there is none
  std::int64_t out = 0;
  std::int64_t in = 0;
  std::int64_t taps = 0;
  std::vector<double> w{};
  std::vector<double> b{};
  bool padded = false;

  double* at(std::int64_t o, std::int64_t unit) {
    return w.data() + static_cast<std::size_t>((o * in + unit) * taps);
  }
  bool linked(std::int64_t o, std::int64_t unit) {
    const double* taps_of = at(o, unit);
    return std::any_of(taps_of, taps_of + taps, [](double value) { return value != 0; });
  }
  bool reads(std::int64_t o) {
    const double* row = at(o, 0);
    return std::any_of(row, row + in * taps, [](double value) { return value != 0; });
  }
};

// `before` is the number of units of the layer before; 0 for the first.
Numbers numbers_of(Module& model, const ChainLayer& link, std::int64_t before) {
  Numbers numbers{.path = path_in(model, *link.layer), .padded = link.padded};
  const std::string layer = "[shrink] " + (numbers.path.empty() ? "the model" : numbers.path);
  for (const NamedParameter& p : parameters(*link.layer)) {
    if (p.name == "weight") {
      numbers.weight = p.parameter->value();
    } else if (p.name == "bias") {
      numbers.bias = p.parameter->value();
    } else {
      throw ValueError(layer + " has a parameter \"" + p.name + "\" beside weight and bias");
    }
  }
  if (!numbers.weight.defined() || numbers.weight.shape().rank() < 2) {
    throw ValueError(layer + " has no weight of two or more dimensions");
  }
  const Shape& shape = numbers.weight.shape();
  numbers.out = shape[0];
  numbers.in = before > 0 ? before : shape[1];
  if (numbers.weight.numel() == 0 || shape[1] % numbers.in != 0) {
    throw ValueError(layer + " has a weight of shape " + shape.to_string() +
                     ", which does not fit the " + std::to_string(before) +
                     " units of the layer before");
  }
  numbers.taps = shape.numel_from(1) / numbers.in;
  numbers.w = numbers.weight.to_vector<double>();
  if (numbers.bias.defined()) numbers.b = numbers.bias.to_vector<double>();
  return numbers;
}

Tensor like(const Tensor& tensor, const Shape& shape, const std::vector<double>& values) {
  return Tensor::from(shape, values).to(tensor.dtype()).to(tensor.device());
}

// activation(norm(bias)) of each unit: its output where it reads nothing.
std::vector<double> constants_of(const Numbers& numbers, const ChainLayer& link) {
  const NoGrad no_grad;
  std::vector<std::int64_t> extents(static_cast<std::size_t>(numbers.weight.shape().rank()), 1);
  extents[1] = numbers.out;
  std::vector<double> bias = numbers.b;
  bias.resize(static_cast<std::size_t>(numbers.out));
  Variable x(like(numbers.weight, Shape(extents), bias));
  if (link.norm != nullptr) {
    const EvaluationMode evaluation(*link.norm);
    x = (*link.norm)(x);
  }
  if (link.activation) x = (*link.activation)(x);
  return x.value().to_vector<double>();
}

// next[o][to] += ratio · next[o][unit], and next[o][unit] = 0.
void move_links(Numbers& next, std::int64_t unit, std::int64_t to, double ratio) {
  for (std::int64_t o = 0; o < next.out; ++o) {
    for (std::int64_t t = 0; t < next.taps; ++t) {
      next.at(o, to)[t] += ratio * next.at(o, unit)[t];
      next.at(o, unit)[t] = 0;
    }
  }
}

void fold_into_bias(Numbers& next, std::int64_t unit, double constant) {
  for (std::int64_t o = 0; o < next.out; ++o) {
    double* const taps = next.at(o, unit);
    if (constant != 0) {
      next.b[static_cast<std::size_t>(o)] +=
          constant * std::accumulate(taps, taps + next.taps, 0.0);
    }
    std::fill(taps, taps + next.taps, 0.0);
  }
}

// Afterwards the next layer reads no constant units, or a single one that its bias cannot replace.
void absorb_constants(Numbers& numbers, const ChainLayer& link, Numbers& next) {
  const std::vector<double> constants = constants_of(numbers, link);
  const auto constant = [&](std::int64_t unit) {
    return constants[static_cast<std::size_t>(unit)];
  };
  const bool into_bias = next.bias.defined() && !next.padded;
  Units together;
  for (std::int64_t unit = 0; unit < numbers.out; ++unit) {
    if (numbers.reads(unit)) continue;
    if (into_bias || constant(unit) == 0) {
      fold_into_bias(next, unit, constant(unit));
    } else {
      together.push_back(unit);
    }
  }
  if (together.empty()) return;
  // The largest, so that no ratio is above 1.
  const std::int64_t one =
      *std::max_element(together.begin(), together.end(), [&](std::int64_t a, std::int64_t b) {
        return std::abs(constant(a)) < std::abs(constant(b));
      });
  for (const std::int64_t unit : together) {
    if (unit != one) move_links(next, unit, one, constant(unit) / constant(one));
  }
}

// The units that the next layer's units `readers` read; one where they read none.
Units read_by(Numbers& next, const Units& readers) {
  Units units;
  for (std::int64_t unit = 0; unit < next.in; ++unit) {
    const auto reads = [&](std::int64_t o) { return next.linked(o, unit); };
    if (std::any_of(readers.begin(), readers.end(), reads)) units.push_back(unit);
  }
  if (units.empty()) units.push_back(0);
  return units;
}

Tensor weight_of(Numbers& numbers, const Units& rows, const Units& columns) {
  std::vector<double> values;
  for (const std::int64_t o : rows) {
    for (const std::int64_t unit : columns) {
      const double* const taps = numbers.at(o, unit);
      values.insert(values.end(), taps, taps + numbers.taps);
    }
  }
  const Shape& shape = numbers.weight.shape();
  const std::int64_t inputs = shape[1] / numbers.in * static_cast<std::int64_t>(columns.size());
  return like(numbers.weight, shape.with(0, static_cast<std::int64_t>(rows.size())).with(1, inputs),
              values);
}

Tensor elements(const Tensor& tensor, const std::vector<double>& values, const Units& units) {
  std::vector<double> chosen;
  for (const std::int64_t unit : units) chosen.push_back(values[static_cast<std::size_t>(unit)]);
  return like(tensor, {static_cast<std::int64_t>(units.size())}, chosen);
}

using ByPath = std::map<std::string, Tensor>;

void add_norm(Module& model, Module& norm, std::int64_t channels, const Units& units,
              ByPath& replaced) {
  const std::string path = path_in(model, norm);
  const auto add = [&](const std::string& name, const Tensor& tensor) {
    if (tensor.shape() != Shape{channels}) {
      throw ValueError("[shrink] " + join(path, name) + " has the shape " +
                       tensor.shape().to_string() + ", but the layer before has " +
                       std::to_string(channels) + " units");
    }
    replaced[join(path, name)] = elements(tensor, tensor.to_vector<double>(), units);
  };
  for (const NamedParameter& p : parameters(norm)) add(p.name, p.parameter->value());
  for (const NamedBuffer& b : buffers(norm)) add(b.name, *b.buffer);
}

// All tensors of the model, those of the map in place of its own.
std::vector<NamedTensor> tensors_of(Module& model, const ByPath& replaced) {
  std::vector<NamedTensor> tensors;
  const auto add = [&](const std::string& name, const Tensor& own) {
    const auto found = replaced.find(name);
    tensors.push_back({name, found == replaced.end() ? own.clone() : found->second});
  };
  for (const NamedParameter& p : parameters(model)) add(p.name, p.parameter->value());
  for (const NamedBuffer& b : buffers(model)) add(b.name, *b.buffer);
  return tensors;
}

}  // namespace

Shrunk shrink(Module& model, std::span<const ChainLayer> chain) {
  if (chain.empty()) throw ValueError("[shrink] the chain has no layer");
  std::vector<Numbers> layers;
  for (const ChainLayer& link : chain) {
    layers.push_back(numbers_of(model, link, layers.empty() ? 0 : layers.back().out));
  }
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    absorb_constants(layers[l], chain[l], layers[l + 1]);
  }
  std::vector<Units> kept(layers.size());
  kept.back() = all_units(layers.back().out);
  for (std::size_t l = layers.size() - 1; l > 0; --l) {
    kept[l - 1] = read_by(layers[l], kept[l]);
  }
  Shrunk shrunk;
  ByPath replaced;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Numbers& layer = layers[l];
    const Units columns = l == 0 ? all_units(layer.in) : kept[l - 1];
    replaced[join(layer.path, "weight")] = weight_of(layer, kept[l], columns);
    if (layer.bias.defined()) {
      replaced[join(layer.path, "bias")] = elements(layer.bias, layer.b, kept[l]);
    }
    if (chain[l].norm != nullptr) {
      add_norm(model, *chain[l].norm, layer.out, kept[l], replaced);
    }
    if (l + 1 < layers.size()) {
      shrunk.widths.push_back(static_cast<std::int64_t>(kept[l].size()));
    }
  }
  shrunk.tensors = tensors_of(model, replaced);
  shrunk.units = std::move(kept);
  return shrunk;
}

}  // namespace credence::nn

// From a model whose weights are partly zero to a smaller dense model with the same outputs.
#pragma once

#include "framework/core/named_tensor.hpp"
#include "framework/nn/module.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace credence::nn {

/// One layer of a chain: a fully connected layer or a convolution with groups = 1, and what follows
/// it. The units of a layer are its outputs or output channels. Between two layers there may be,
/// in any order, `norm`, `activation`, dropout, max pooling without reference to other channels,
/// and a flattening of [N, C, spatial…] to [N, C · positions].
struct ChainLayer {
  Module* layer;  ///< parameters weight [out, in…] and, if it has one, bias [out]
  Module* norm =
      nullptr;  ///< after the layer; its parameters and buffers are all [out], as BatchNorm
  std::optional<Activation> activation{};  ///< after both
  bool padded = false;  ///< whether the layer is a convolution that pads its input with zeros
};

/// A chain with fewer units.
struct Shrunk {
  std::vector<std::int64_t> widths;  ///< units left in each layer but the last, which keeps its own
  std::vector<NamedTensor> tensors;  ///< all parameters and buffers of the smaller model, by path
  std::vector<std::vector<std::int64_t>> units;  ///< of each layer: the units that are left
};

/// Removes the units of a chain that its outputs do not need, so that the smaller model gives the
/// same outputs in evaluation up to rounding. Two kinds of units go:
/// - A unit whose incoming weights are all zero gives the constant c = activation(norm(bias)). The
///   next layer's bias takes it over: b[o] += Σ W[o, unit] · c. Where that layer pads its input
///   with zeros, a constant channel is not constant to it near the edge, and where it has no bias
///   nothing can take c over. There all constant units with c ≠ 0 become one, whose outgoing
///   weights are the sum of theirs, each times its c over the c of the one that stays. Units with c
///   = 0 go.
/// - A unit whose outgoing weights to units that stay are all zero.
/// What follows from a removal is removed too. Each layer keeps at least one unit. The model itself
/// is not changed. It must be the chain and nothing else: a net with residual connections is none.
/// Throws ValueError for an empty chain, for a layer that is not a part of the model, that has
/// further parameters, such as the spread of a Bayesian layer (bayes::copy_means gives the model
/// without), or whose weight does not fit the layer before.
Shrunk shrink(Module& model, std::span<const ChainLayer> chain);

/// Copies the tensors into a model with these widths. Throws ValueError for a missing or extra
/// name and ShapeError for a different shape or type, with nothing copied.
void load(const Shrunk& shrunk, Module& model);

/// The way back: `model`, of which shrink made the smaller one by this chain, gets the smaller
/// one's tensors in the places of the units that are left, and zeros for the weights of the others.
/// Its outputs then are those of the smaller model up to rounding, after a training of that one
/// too, and it has as many weights that are not zero. Throws ValueError or ShapeError where the
/// models are not these two; nothing is copied then.
void widen(const Shrunk& shrunk, Module& smaller, Module& model, std::span<const ChainLayer> chain);

}  // namespace credence::nn

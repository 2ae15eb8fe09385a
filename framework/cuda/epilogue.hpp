// What products and noise kernels do with their results: add a bias, apply an activation.
#pragma once

#include "framework/cuda/divider.hpp"
#include "framework/kernels/table.hpp"

namespace credence::cuda {

/// The activation of results without one.
struct Identity {
  template <class T>
  constexpr T forward(T x) const {
    return x;
  }
};

/// Calls function(activation) with the functor of the activation, or with the identity where it is
/// null: a kernel is compiled for each, so that its loop has no choice.
template <class Activation, class Function>
void with_activation(const Activation* activation, Function function) {
  if (activation == nullptr) {
    function(Identity{});
  } else {
    activation->visit(function);
  }
}

/// The bias of an array [N, channels, volume]; 0 where `bias` is null.
template <class T>
struct ChannelBias {
  const T* bias;
  ChannelIndex index;

  ChannelBias(const T* values, std::int64_t channels, std::int64_t volume)
      : bias(values), index(channels, volume) {}
  /// The bias of element `at`.
  constexpr T operator()(std::int64_t at) const {
    return bias == nullptr ? T(0) : bias[index.channel(at)];
  }
};

}  // namespace credence::cuda

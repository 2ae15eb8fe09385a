// What products and noise do to their results in the same kernel.
#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cuda {

/// Where there is no activation.
struct Identity {
  template <class T>
  constexpr T forward(T x) const {
    return x;
  }
};

/// Calls function(activation) with the activation, or with the identity where it is null.
template <class Function>
void with_activation(const pointwise::FusedActivation* activation, Function function) {
  if (activation == nullptr) {
    function(Identity{});
  } else {
    function(*activation);
  }
}

/// The bias of an array [N, channels, volume]; none where it is null.
template <class T>
struct ChannelBias {
  const T* bias;
  std::int64_t channels;
  std::int64_t volume;

  /// What element `at` gets.
  constexpr T operator()(std::int64_t at) const {
    if (bias == nullptr) return T(0);
    // A device divides numbers of 32 bits several times as fast.
    constexpr std::int64_t kLimit = std::int64_t{1} << 32;
    if (at >= kLimit || volume >= kLimit) return bias[at / volume % channels];
    return bias[static_cast<std::uint32_t>(at) / static_cast<std::uint32_t>(volume) %
                static_cast<std::uint32_t>(channels)];
  }
};

/// y, at first the mean without its bias, becomes outputs drawn with the variance, which may be
/// below 0 by rounding: see the kernel table's add_noise_forward.
template <class T>
void draw_outputs(const OutputNoise& noise, const ChannelBias<T>& bias, std::int64_t n,
                  const T* variance, T* y);

}  // namespace credence::cuda

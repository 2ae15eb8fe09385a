// What products and noise do to their results before they leave the cache. The activation is chosen
// at run time, a vector at a time: the kernels' text is there once, whatever follows them.
#pragma once

#include "framework/cpu/loops.hpp"
#include "framework/kernels.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// activation.forward(x) and activation.backward(y, grad).
Vec activate(const pointwise::FusedActivation& activation, Vec x);
double activate(const pointwise::FusedActivation& activation, double x);
Vec activate_backward(const pointwise::FusedActivation& activation, Vec y, Vec grad);
double activate_backward(const pointwise::FusedActivation& activation, double y, double grad);

/// The first of n elements in place, on the calling thread; nothing where `activation` is null.
template <class T>
void activate_all(const pointwise::FusedActivation* activation, std::int64_t n, T* y) {
  if (activation == nullptr) return;
  map_serial(
      n, y, [&](auto x) { return activate(*activation, x); }, static_cast<const T*>(y));
}

/// The bias of one channel in all lanes; 0 where `bias` is null.
inline Vec bias_of(const float* bias, std::int64_t channel) {
  return Vec(bias == nullptr ? 0.0F : bias[channel]);
}

/// What sums of one channel become.
inline Vec finish(const Epilogue<float>& epilogue, std::int64_t channel, Vec sums) {
  const Vec result = sums + bias_of(epilogue.bias, channel);
  return epilogue.activation == nullptr ? result : activate(*epilogue.activation, result);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

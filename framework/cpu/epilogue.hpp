// The epilogue of products and noise: y = activation(sums + bias), applied to results before they
// leave the cache. The activation is chosen at run time, for an array or a vector at a time, so
// that a kernel is compiled once for all activations.
#pragma once

#include "framework/cpu/element.hpp"
#include "framework/cpu/simd/loops.hpp"
#include "framework/kernels/table.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// activation.forward(x)
Vec activate(const pointwise::FusedActivation& activation, Vec x);

/// The same for n elements in place, on the calling thread; nothing where `activation` is null.
void activate_all(const pointwise::FusedActivation* activation, std::int64_t n, Element* y);

/// grad_x = activation.backward(y, grad_y), on the calling thread.
void activate_backward_all(const pointwise::FusedActivation& activation, std::int64_t n,
                           const Element* y, const Element* grad_y, Element* grad_x);

/// y = activation.forward(y) for n elements, on the calling thread.
void activate_all(const pointwise::RecomputedActivation& activation, std::int64_t n, Element* y);

/// grad_x = activation.backward_at(x, grad_y), on the calling thread.
void activate_backward_at_all(const pointwise::RecomputedActivation& activation, std::int64_t n,
                              const Element* x, const Element* grad_y, Element* grad_x);

/// The bias of one channel in all lanes; 0 where `bias` is null.
inline Vec bias_of(const float* bias, std::int64_t channel) {
  return Vec(bias == nullptr ? 0.0F : bias[channel]);
}

/// activation(sums + bias) for sums of one channel.
inline Vec finish(const Epilogue<float>& epilogue, std::int64_t channel, Vec sums) {
  const Vec result = sums + bias_of(epilogue.bias, channel);
  return epilogue.activation == nullptr ? result : activate(*epilogue.activation, result);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

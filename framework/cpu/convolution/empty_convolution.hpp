// The forward pass of a convolution whose input or output has an extent of 0
// (ConvolutionShape::empty). There is no product, so y = activation(bias).
#pragma once

#include "framework/cpu/epilogue.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// y = activation(bias)
template <class T>
void empty_forward(const ConvolutionShape& s, const Epilogue<T>& epilogue, T* y) {
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  for (std::int64_t i = 0; i < s.output_numel(); ++i) {
    y[i] = epilogue.bias == nullptr ? T(0) : epilogue.bias[i / plane % s.out_channels];
  }
  activate_all(epilogue.activation, s.output_numel(), y);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

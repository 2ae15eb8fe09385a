// Convolutions and transposed convolutions with the arguments that PyTorch has for them.
#include "tests/peers/convolution_calls.hpp"

#include "framework/ops/convolution.hpp"
#include "framework/ops/transposed_convolution.hpp"

#include <algorithm>

namespace credence::peers {

Answer convolution_call(Call& call) {
  const Variable x = call.variable("input");
  const Variable weight = call.variable("weight");
  ConvolutionOptions options;
  options.stride = call.spatial("stride", 1);
  options.dilation = call.spatial("dilation", 1);
  options.groups = call.integer("groups", 1);
  const Shape shape = weight.shape();
  set_padding(call, options, {shape.begin() + std::min(2, shape.rank()), shape.end()});
  if (call.has("padding_behind")) options.padding_behind = call.spatial("padding_behind");
  return convolution(x, weight, call.variable_or_none("bias"), options);
}

Answer transposed_convolution_call(Call& call) {
  return transposed_convolution(call.variable("input"), call.variable("weight"),
                                call.variable_or_none("bias"),
                                {.stride = call.spatial("stride", 1),
                                 .padding = call.spatial("padding", 0),
                                 .output_padding = call.spatial("output_padding", 0),
                                 .dilation = call.spatial("dilation", 1),
                                 .groups = call.integer("groups", 1)});
}

}  // namespace credence::peers

// Convolutions and transposed convolutions with the arguments that PyTorch has for them.
#include "tests/peers/convolution_calls.hpp"

#include "framework/ops/convolution.hpp"
#include "framework/ops/transposed_convolution.hpp"

namespace credence::peers {
namespace {

// The padding of "same": dilation (kernel − 1) zeros in all, the odd one of them behind.
void set_same_padding(ConvolutionOptions& options, const Shape& weight) {
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> behind;
  const int dimensions = weight.rank() - 2;
  const Extents3 dilation = options.dilation.expand("same", "dilation", dimensions, 1, 1);
  const Extents3 stride = options.stride.expand("same", "stride", dimensions, 1, 1);
  for (int i = 3 - dimensions; i < 3; ++i) {
    if (stride[i] != 1) throw ValueError("padding \"same\" needs stride 1");
    const std::int64_t all = dilation[i] * (weight[i - 3 + weight.rank()] - 1);
    before.push_back(all / 2);
    behind.push_back(all - all / 2);
  }
  if (before != behind) options.padding_behind = Spatial(behind);
  options.padding = Spatial(std::move(before));
}

}  // namespace

Answer convolution_call(Call& call) {
  const Variable x = call.variable("input");
  const Variable weight = call.variable("weight");
  ConvolutionOptions options;
  options.stride = call.spatial("stride", 1);
  options.dilation = call.spatial("dilation", 1);
  options.groups = call.integer("groups", 1);
  if (call.is_text("padding")) {
    const std::string name = call.text("padding");
    if (name == "same") {
      set_same_padding(options, weight.shape());
    } else if (name != "valid") {
      throw ValueError("padding must be same, valid or numbers, not " + name);
    }
  } else {
    options.padding = call.spatial("padding", 0);
  }
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

// Convolutions and transposed convolutions with the arguments that PyTorch has for them.
#pragma once

#include "tests/peers/call.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace credence::peers {

/// Sets the paddings of `options` (ConvolutionOptions or nn::ConvOptions), whose stride and
/// dilation are there, from the call: numbers, "valid", or "same", which is dilation (kernel − 1)
/// zeros in all, the odd one of them behind.
template <class Options>
void set_padding(Call& call, Options& options, const std::vector<std::int64_t>& kernel) {
  if (!call.is_text("padding")) {
    options.padding = call.spatial("padding", 0);
    return;
  }
  const std::string name = call.text("padding");
  if (name == "valid") return;
  if (name != "same") throw ValueError("padding must be same, valid or numbers, not " + name);
  const auto dimensions = static_cast<int>(kernel.size());
  const Extents3 dilation = options.dilation.expand("same", "dilation", dimensions, 1, 1);
  if (options.stride.expand("same", "stride", dimensions, 1, 1) != Extents3{1, 1, 1}) {
    throw ValueError("padding same needs stride 1");
  }
  std::vector<std::int64_t> front;
  std::vector<std::int64_t> behind;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const std::int64_t all = dilation[i + 3 - kernel.size()] * (kernel[i] - 1);
    front.push_back(all / 2);
    behind.push_back(all - all / 2);
  }
  if (front != behind) options.padding_behind = Spatial(behind);
  options.padding = Spatial(std::move(front));
}

/// "padding" may be "same" or "valid"; "padding_behind" is added to PyTorch's arguments.
Answer convolution_call(Call& call);
Answer transposed_convolution_call(Call& call);

}  // namespace credence::peers

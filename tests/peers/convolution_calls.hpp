// Convolutions and transposed convolutions with the arguments that PyTorch has for them.
#pragma once

#include "tests/peers/call.hpp"

namespace credence::peers {

/// "padding" may be "same" or "valid"; "padding_behind" is added to PyTorch's arguments.
Answer convolution_call(Call& call);
Answer transposed_convolution_call(Call& call);

}  // namespace credence::peers

// Problems in the notation of benchdnn, oneDNN's benchmark: letters and numbers without spaces,
// such as mb64ic128oc256ih16kh3sh1ph1 (github.com/oneapi-src/oneDNN,
// tests/benchdnn/doc/driver_conv.md).
//
// | field      | meaning                                   | where it is absent                  |
// | ---------- | ----------------------------------------- | ----------------------------------- |
// | mb         | images in the batch                       | 2                                   |
// | g          | groups                                    | 1                                   |
// | ic, oc     | channels of the input and of the output   | an error (pooling has no oc)        |
// | id, ih, iw | extents of the input                      | iw = ih, ih = id; at least one      |
// | kd, kh, kw | extents of the kernel                     | likewise                            |
// | sd, sh, sw | strides                                   | likewise; 1                         |
// | dd, dh, dw | zeros between the taps of a dilated kernel | likewise; 0                        |
// | pd, ph, pw | padding in front and behind               | likewise; from od, oh, ow, or else 0 |
// | od, oh, ow | extents of the output                     | computed                            |
// | n"NAME"    | a name, which ends the text               | none                                |
//
// Without id, kd and od there is no depth; with iw, kw and ow alone there is one dimension. "_" may
// stand between fields.
#pragma once

#include "framework/base/error.hpp"
#include "framework/kernels/shapes.hpp"

#include <string>
#include <string_view>

namespace credence::benchmarks {

/// A problem that is well written, but that no kernel of the framework computes.
class UnsupportedProblem : public ValueError {
 public:
  using ValueError::ValueError;
};

/// A convolution and its name, which may be empty.
struct NamedConvolution {
  ConvolutionShape shape;
  std::string name;
};

/// Max pooling over `batch` images of `channels` channels.
struct PoolWindows {
  std::int64_t batch = 1;
  std::int64_t channels = 1;
  PoolShape shape;
};

struct NamedPool {
  PoolWindows windows;
  std::string name;
};

/// Reads the notation. Throws ValueError that names the text and the field where a field is
/// unknown, given twice, without a number, missing or out of range, where groups do not divide
/// channels, and where the kernel is larger than the padded input. Throws UnsupportedProblem where
/// od, oh or ow are not those that the other fields lead to: the padding would differ at the two
/// ends.
NamedConvolution parse_convolution(std::string_view text);
/// Likewise, without g and oc. UnsupportedProblem also where windows are dilated, or could see
/// padding alone.
NamedPool parse_pool(std::string_view text);

/// The shape in this notation, each field once, fields that are repeated or have their default left
/// out: "mb64ic128ih16oc256oh16kh3ph1".
std::string descriptor_of(const ConvolutionShape& shape);
std::string descriptor_of(const PoolWindows& windows);

}  // namespace credence::benchmarks

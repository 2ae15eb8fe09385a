// The extents of a planar convolution (plan.hpp): two dimensions, stride 1, one group. Winograd's
// algorithm and the convolutions with an image in each lane work on these.
#pragma once

#include "framework/kernels/shapes.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// One pass over images [batch, in, height, width] that gives [batch, out, out_height, out_width].
struct PlanarShape {
  std::int64_t batch;
  std::int64_t in;
  std::int64_t out;
  std::int64_t height;
  std::int64_t width;
  std::int64_t out_height;
  std::int64_t out_width;
  std::int64_t kernel_height;
  std::int64_t kernel_width;
  std::int64_t pad_height;
  std::int64_t pad_width;

  /// The forward pass of a planar convolution, or with `backward_data` the pass from the output's
  /// gradient to the input's.
  PlanarShape(const ConvolutionShape& s, bool backward_data)
      : batch(s.batch),
        in(backward_data ? s.out_channels : s.in_channels),
        out(backward_data ? s.in_channels : s.out_channels),
        height(backward_data ? s.output[1] : s.input[1]),
        width(backward_data ? s.output[2] : s.input[2]),
        out_height(backward_data ? s.input[1] : s.output[1]),
        out_width(backward_data ? s.input[2] : s.output[2]),
        kernel_height(s.kernel[1]),
        kernel_width(s.kernel[2]),
        pad_height(backward_data ? s.kernel[1] - 1 - s.padding[1] : s.padding[1]),
        pad_width(backward_data ? s.kernel[2] - 1 - s.padding[2] : s.padding[2]) {}

  std::int64_t in_plane() const { return height * width; }
  std::int64_t out_plane() const { return out_height * out_width; }
  std::int64_t depth() const { return in * kernel_height * kernel_width; }
  /// Where an element of the output stands.
  float* element(float* y, std::int64_t image, std::int64_t channel, std::int64_t position) const {
    return y + (image * out + channel) * out_plane() + position;
  }
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

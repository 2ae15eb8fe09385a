// Sizes in the spatial dimensions of images: kernels, strides, paddings, and the outputs that
// follow.
#pragma once

#include "framework/core/shape.hpp"
#include "framework/kernels/shapes.hpp"

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace credence {

/// A size, stride, padding or dilation in the spatial dimensions: one number for all of them, or
/// one for each, outermost first.
class Spatial {
 public:
  Spatial(std::int64_t everywhere) : values_{everywhere} {}  // NOLINT: implicit, reads as a number
  Spatial(std::initializer_list<std::int64_t> each) : values_(each) {}
  /// The same for a number of dimensions that is known at run time only.
  explicit Spatial(std::vector<std::int64_t> each) : values_(std::move(each)) {}

  /// The values for `dimensions` (1 to 3) spatial dimensions, aligned at the end; the dimensions in
  /// front get `absent`. Throws ShapeError, naming `op` and `what`, where their number does not
  /// fit; ValueError where one is below `minimum` or above 2³¹ − 1.
  Extents3 expand(const char* op, const char* what, int dimensions, std::int64_t absent,
                  std::int64_t minimum) const;

 private:
  std::vector<std::int64_t> values_;
};

/// The spatial extents of a tensor [N, C, spatial…], aligned at the end, 1 in front.
Extents3 spatial_extents(const Shape& shape);

/// How many windows of `kernel` fit into each extent of `input` after padding on both sides:
/// floor((input + 2 padding − dilation (kernel − 1) − 1) / stride) + 1. The last three are what
/// Spatial::expand gives. Throws ShapeError, naming `op`, where none does, and for a kernel below 1
/// or above 2³¹ − 1 and an input above 2⁶².
Extents3 window_counts(const char* op, const Extents3& input, const Extents3& kernel,
                       const Extents3& stride, const Extents3& padding, const Extents3& dilation);

/// The extents of a transposed convolution's output, the images whose windows `input` counts:
/// (input − 1) · stride − 2 · padding + dilation · (kernel − 1) + output_padding + 1. The last four
/// are what Spatial::expand gives. Throws ValueError, naming `op`, unless each output_padding is
/// below the stride or the dilation; ShapeError where an output extent is below 1, and for a kernel
/// below 1 and a kernel or an input above 2³¹ − 1.
Extents3 transposed_extents(const char* op, const Extents3& input, const Extents3& kernel,
                            const Extents3& stride, const Extents3& padding,
                            const Extents3& output_padding, const Extents3& dilation);

/// The shape [batch, channels, the last `dimensions` of extents].
Shape image_shape(std::int64_t batch, std::int64_t channels, const Extents3& extents,
                  int dimensions);

}  // namespace credence

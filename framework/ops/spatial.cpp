// The sizes of outputs of convolutions, transposed convolutions and pooling.
#include "framework/ops/spatial.hpp"

#include "framework/base/error.hpp"

#include <limits>
#include <string>

namespace credence {
namespace {

// Sums and products of two of them do not overflow.
constexpr std::int64_t kMostSpatial = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostExtent = std::int64_t{1} << 62;

void check_kernel(const char* op, std::int64_t extent) {
  if (extent >= 1 && extent <= kMostSpatial) return;
  throw ShapeError(std::string("[") + op + "] a window's extent must be between 1 and " +
                   std::to_string(kMostSpatial) + ", not " + std::to_string(extent));
}

void check_image(const char* op, std::int64_t extent, std::int64_t most) {
  if (extent <= most) return;
  throw ShapeError(std::string("[") + op + "] an image's extent must be at most " +
                   std::to_string(most) + ", not " + std::to_string(extent));
}

}  // namespace

Extents3 Spatial::expand(const char* op, const char* what, int dimensions, std::int64_t absent,
                         std::int64_t minimum) const {
  const auto count = static_cast<std::size_t>(dimensions);
  if (values_.size() != 1 && values_.size() != count) {
    throw ShapeError(std::string("[") + op + "] " + what + " has " +
                     std::to_string(values_.size()) + " values for " + std::to_string(dimensions) +
                     " spatial dimensions; one for all or one for each is needed");
  }
  Extents3 expanded{absent, absent, absent};
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t value = values_[values_.size() == 1 ? 0 : i];
    if (value < minimum || value > kMostSpatial) {
      throw ValueError(std::string("[") + op + "] " + what + " must be at " +
                       (value < minimum ? "least " + std::to_string(minimum)
                                        : "most " + std::to_string(kMostSpatial)) +
                       ", not " + std::to_string(value));
    }
    expanded[3 - count + i] = value;
  }
  return expanded;
}

Extents3 spatial_extents(const Shape& shape) {
  Extents3 extents{1, 1, 1};
  for (int i = 2; i < shape.rank(); ++i) {
    extents[static_cast<std::size_t>(3 - shape.rank() + i)] = shape[i];
  }
  return extents;
}

Extents3 window_counts(const char* op, const Extents3& input, const Extents3& kernel,
                       const Extents3& stride, const Extents3& padding, const Extents3& dilation) {
  Extents3 counts{};
  for (std::size_t i = 0; i < 3; ++i) {
    check_kernel(op, kernel[i]);
    check_image(op, input[i], kMostExtent);
    const std::int64_t reach = dilation[i] * (kernel[i] - 1) + 1;
    const std::int64_t room = input[i] + 2 * padding[i] - reach;
    if (room < 0) {
      throw ShapeError(std::string("[") + op + "] a window of " + std::to_string(reach) +
                       " does not fit into an extent of " + std::to_string(input[i]) +
                       " with padding " + std::to_string(padding[i]) + " on both sides");
    }
    counts[i] = room / stride[i] + 1;
  }
  return counts;
}

Extents3 transposed_extents(const char* op, const Extents3& input, const Extents3& kernel,
                            const Extents3& stride, const Extents3& padding,
                            const Extents3& output_padding, const Extents3& dilation) {
  Extents3 extents{};
  for (std::size_t i = 0; i < 3; ++i) {
    check_kernel(op, kernel[i]);
    check_image(op, input[i], kMostSpatial);
    if (output_padding[i] >= stride[i] && output_padding[i] >= dilation[i]) {
      throw ValueError(std::string("[") + op + "] output_padding must be below the stride or the " +
                       "dilation: output_padding " + std::to_string(output_padding[i]) +
                       ", stride " + std::to_string(stride[i]) + ", dilation " +
                       std::to_string(dilation[i]));
    }
    extents[i] = (input[i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) +
                 output_padding[i] + 1;
    if (extents[i] < 1) {
      throw ShapeError(std::string("[") + op + "] the output's extent would be " +
                       std::to_string(extents[i]) + ", from an input's of " +
                       std::to_string(input[i]) + " with a kernel of " + std::to_string(kernel[i]) +
                       ", stride " + std::to_string(stride[i]) + " and padding " +
                       std::to_string(padding[i]));
    }
  }
  return extents;
}

Shape image_shape(std::int64_t batch, std::int64_t channels, const Extents3& extents,
                  int dimensions) {
  std::vector<std::int64_t> shape{batch, channels};
  shape.insert(shape.end(), extents.end() - dimensions, extents.end());
  return Shape(shape);
}

}  // namespace credence

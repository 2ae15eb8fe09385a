// Images as the right-hand matrix of a product, with a row for each (channel, kernel position) and
// a column for each (image, output position). An element is the pixel that the kernel position
// meets there. The whole matrix is never stored: its panels are packed straight from the images
// (implicit GEMM: Chetlur et al. 2014, arXiv 1410.0759).
//
// Some passes need zeros around or between the pixels, and some read every second pixel or fewer.
// The few images that are worked on are then copied to scratch memory ("staged", pixel_copy.hpp),
// so that packing knows neither borders nor steps. The copy has the zeros. A stride s divides it
// into s phases in that dimension: phase r holds the pixels whose position modulo s is r.
// Neighbouring columns read neighbouring pixels of one phase.
#pragma once

#include "framework/cpu/products/gemm.hpp"
#include "framework/kernels/shapes.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// The images of one pass and the geometry of their columns. In each spatial dimension pixel e of a
/// source image has the place before + e · spread. Column c meets kernel position k at the place
/// c · column_step + k · kernel_step. Place t stands in phase t modulo column_step of the staged
/// image, at t / column_step. Phases that no column meets are left out.
struct ImageColumns {
  const float* source;
  std::int64_t image_stride;
  std::int64_t channels;
  Extents3 source_extents;
  Extents3 before;
  Extents3 spread;
  Extents3 phases;
  Extents3 staged_extents;  ///< of one phase
  Extents3 column_extents;
  Extents3 column_step;
  Extents3 kernel;
  Extents3 kernel_step;

  std::int64_t depth() const { return channels * ConvolutionShape::volume(kernel); }
  std::int64_t columns_per_image() const { return ConvolutionShape::volume(column_extents); }

  /// Channels [first, first + count) alone.
  ImageColumns part(std::int64_t first, std::int64_t count) const {
    ImageColumns some = *this;
    some.source += first * ConvolutionShape::volume(source_extents);
    some.channels = count;
    return some;
  }

  bool needs_staging() const {
    for (std::size_t i = 0; i < 3; ++i) {
      if (before[i] != 0 || spread[i] != 1 || column_step[i] != 1 ||
          staged_extents[i] > source_extents[i]) {
        return true;
      }
    }
    return false;
  }
  /// Extents of the planes that columns are read from: staged ones where that is needed.
  const Extents3& extents() const { return needs_staging() ? staged_extents : source_extents; }
  /// Elements of one channel of such an image.
  std::int64_t channel_numel() const {
    return ConvolutionShape::volume(phases) * ConvolutionShape::volume(extents());
  }
  /// Pixels of such a plane from the start of the first column to that of the last one, both
  /// included.
  std::int64_t span() const {
    const Extents3& e = extents();
    const Extents3& c = column_extents;
    return ((c[0] - 1) * e[1] + c[1] - 1) * e[2] + c[2];
  }
};

/// The images of the forward pass of a group: the input. Columns are output positions.
inline ImageColumns input_columns(const ConvolutionShape& s, std::int64_t group, const float* x) {
  const std::int64_t channels = s.in_channels / s.groups;
  const std::int64_t plane = ConvolutionShape::volume(s.input);
  ImageColumns images{x + group * channels * plane,
                      s.in_channels * plane,
                      channels,
                      s.input,
                      s.padding,
                      {1, 1, 1},
                      {},
                      {},
                      s.output,
                      s.stride,
                      s.kernel,
                      s.dilation};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t reach = (s.kernel[i] - 1) * s.dilation[i];
    images.phases[i] = smaller(s.stride[i], reach + 1);
    images.staged_extents[i] = s.output[i] + reach / s.stride[i];
  }
  return images;
}

/// Stores the offset of each (channel, kernel position) from a column's first pixel, in the planes
/// that columns are read from.
inline void kernel_offsets(const ImageColumns& images, std::int64_t* offsets) {
  const Extents3& extents = images.extents();
  const Extents3& step = images.column_step;
  const std::int64_t plane = ConvolutionShape::volume(extents);
  for (std::int64_t c = 0; c < images.channels; ++c) {
    for (std::int64_t kd = 0; kd < images.kernel[0]; ++kd) {
      const std::int64_t d = kd * images.kernel_step[0];
      for (std::int64_t kh = 0; kh < images.kernel[1]; ++kh) {
        const std::int64_t h = kh * images.kernel_step[1];
        for (std::int64_t kw = 0; kw < images.kernel[2]; ++kw) {
          const std::int64_t w = kw * images.kernel_step[2];
          const std::int64_t phase =
              (d % step[0] * images.phases[1] + h % step[1]) * images.phases[2] + w % step[2];
          *offsets++ = c * images.channel_numel() + phase * plane +
                       (d / step[0] * extents[1] + h / step[1]) * extents[2] + w / step[2];
        }
      }
    }
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

// Images as the right-hand matrix of a product, with a row for each (channel, kernel position) and
// a column for each (image, output position). An element is the pixel that the kernel position
// meets there. The whole matrix is never stored: its panels are packed straight from the images
// (implicit GEMM: Chetlur et al. 2014, arXiv 1410.0759).
//
// Some passes need zeros around or between the pixels: padding, and the gradient of a strided
// convolution. The few images that are worked on are then copied to scratch memory with those zeros
// ("staged"), so that packing knows no borders.
#pragma once

#include "framework/cpu/products/gemm.hpp"
#include "framework/kernels/shapes.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// The images of one pass and the geometry of their columns. In each spatial dimension pixel e of a
/// source image stands at before + e · spread in the staged image, and column c meets kernel
/// position k at c · column_step + k · kernel_step.
struct ImageColumns {
  const float* source;
  std::int64_t image_stride;
  std::int64_t channels;
  Extents3 source_extents;
  Extents3 before;
  Extents3 spread;
  Extents3 staged_extents;
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
      if (before[i] != 0 || spread[i] != 1 || staged_extents[i] > source_extents[i]) return true;
    }
    return false;
  }
  /// Extents of the images that columns are read from: staged ones where that is needed.
  const Extents3& extents() const { return needs_staging() ? staged_extents : source_extents; }
  /// Pixels of such an image from the start of the first column to that of the last one, both
  /// included, where neighbouring columns read neighbouring pixels.
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
                      s.output,
                      s.stride,
                      s.kernel,
                      s.dilation};
  for (std::size_t i = 0; i < 3; ++i) {
    images.staged_extents[i] =
        (s.output[i] - 1) * s.stride[i] + (s.kernel[i] - 1) * s.dilation[i] + 1;
  }
  return images;
}

/// The images of the gradient of the data of a group: the output's gradient. Columns are input
/// positions, and the kernel positions run backwards.
inline ImageColumns output_columns(const ConvolutionShape& s, std::int64_t group,
                                   const float* grad_y) {
  const std::int64_t channels = s.out_channels / s.groups;
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  ImageColumns images{grad_y + group * channels * plane,
                      s.out_channels * plane,
                      channels,
                      s.output,
                      {},
                      s.stride,
                      {},
                      s.input,
                      {1, 1, 1},
                      s.kernel,
                      s.dilation};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t reach = (s.kernel[i] - 1) * s.dilation[i];
    images.before[i] = reach - s.padding[i];
    images.staged_extents[i] = s.input[i] + reach;
  }
  return images;
}

/// Copies the pixels of channels [first, first + count) of one image to their places in the staged
/// image.
inline void copy_pixels(const ImageColumns& images, const float* image, std::int64_t first,
                        std::int64_t count, float* staged) {
  const Extents3& from = images.source_extents;
  const Extents3& to = images.staged_extents;
  const std::int64_t staged_plane = ConvolutionShape::volume(to);
  // The staged image has room for this part of a source row.
  std::int64_t w_begin = 0;
  while (w_begin < from[2] && images.before[2] + w_begin * images.spread[2] < 0) ++w_begin;
  std::int64_t w_end = from[2];
  while (w_end > w_begin && images.before[2] + (w_end - 1) * images.spread[2] >= to[2]) --w_end;
  for (std::int64_t c = 0; c < count; ++c) {
    for (std::int64_t d = 0; d < from[0]; ++d) {
      const std::int64_t to_d = images.before[0] + d * images.spread[0];
      if (to_d < 0 || to_d >= to[0]) continue;
      for (std::int64_t h = 0; h < from[1]; ++h) {
        const std::int64_t to_h = images.before[1] + h * images.spread[1];
        if (to_h < 0 || to_h >= to[1]) continue;
        const float* row = image + (((first + c) * from[0] + d) * from[1] + h) * from[2];
        float* target =
            staged + c * staged_plane + (to_d * to[1] + to_h) * to[2] + images.before[2];
        if (images.spread[2] == 1) {
          copy_floats(w_end - w_begin, row + w_begin, target + w_begin);
        } else {
          for (std::int64_t w = w_begin; w < w_end; ++w) target[w * images.spread[2]] = row[w];
        }
      }
    }
  }
}

/// Stores the offset of each (channel, kernel position) from a column's first pixel, for images
/// with these extents.
inline void kernel_offsets(const ImageColumns& images, const Extents3& extents,
                           std::int64_t* offsets) {
  for (std::int64_t c = 0; c < images.channels; ++c) {
    for (std::int64_t d = 0; d < images.kernel[0]; ++d) {
      for (std::int64_t h = 0; h < images.kernel[1]; ++h) {
        for (std::int64_t w = 0; w < images.kernel[2]; ++w) {
          *offsets++ = ((c * extents[0] + d * images.kernel_step[0]) * extents[1] +
                        h * images.kernel_step[1]) *
                           extents[2] +
                       w * images.kernel_step[2];
        }
      }
    }
  }
}

/// Some consecutive images, staged where that is needed, and the offsets for reading columns.
class StagedImages {
 public:
  /// Channels [channel, channel + channels) of images [begin, end).
  StagedImages(const ImageColumns& images, std::int64_t begin, std::int64_t end,
               std::int64_t channel, std::int64_t channels)
      : images_(images),
        extents_(images.extents()),
        staged_(images.needs_staging()
                    ? (end - begin) * channels * ConvolutionShape::volume(extents_)
                    : 0),
        offsets_(2 * images.depth()),
        first_(images.source + begin * images.image_stride +
               channel * ConvolutionShape::volume(images.source_extents)),
        image_stride_(images.image_stride) {
    kernel_offsets(images, extents_, offsets_.integers());
    if (!images.needs_staging()) return;
    image_stride_ = channels * ConvolutionShape::volume(extents_);
    first_ = staged_.data();
    std::memset(staged_.data(), 0,
                static_cast<std::size_t>((end - begin) * image_stride_) * sizeof(float));
    for (std::int64_t n = begin; n < end; ++n) {
      copy_pixels(images, images.source + n * images.image_stride, channel, channels,
                  staged_.data() + (n - begin) * image_stride_);
    }
  }

  /// The distance of the pixel of row k from the start of its column. Rows count from the first
  /// staged channel.
  std::int64_t offset(std::int64_t k) const { return offsets_.integers()[k]; }
  std::int64_t columns_per_image() const { return images_.columns_per_image(); }
  /// Distance between the pixels that neighbouring columns of one row of the image read.
  std::int64_t step() const { return images_.column_step[2]; }

  /// Where column `column` starts. `run` gets the number of columns from it to the end of its row
  /// of the image.
  const float* column_start(std::int64_t column, std::int64_t& run) const {
    const Extents3& e = images_.column_extents;
    const std::int64_t per_image = columns_per_image();
    const std::int64_t image = column / per_image;
    const std::int64_t position = column % per_image;
    const std::int64_t w = position % e[2];
    const std::int64_t h = position / e[2] % e[1];
    const std::int64_t d = position / e[2] / e[1];
    run = e[2] - w;
    return first_ + image * image_stride_ +
           (d * images_.column_step[0] * extents_[1] + h * images_.column_step[1]) * extents_[2] +
           w * images_.column_step[2];
  }

  /// Packs a panel for multiply_columns (products/gemm.hpp).
  void pack(std::int64_t k_begin, std::int64_t k_end, std::int64_t column, std::int64_t count,
            float* panel) const {
    Run runs[kTileColumns];
    std::int64_t run_count = 0;
    for (std::int64_t lane = 0; lane < count;) {
      Run& run = runs[run_count++];
      run.lane = lane;
      run.start = column_start(column + lane, run.count);
      run.count = smaller(run.count, count - lane);
      lane += run.count;
    }
    if (step() == 1 && run_count == 1 && count == kTileColumns) {
      for (std::int64_t k = k_begin; k < k_end; ++k, panel += kTileColumns) {
        const float* source = runs[0].start + offset(k);
        store(panel, load(source));
        store(panel + kLanes, load(source + kLanes));
      }
    } else if (step() == 1 && 2 * run_count <= kTileColumns) {
      // Whole vectors are copied. The next run overwrites what a run writes past its end.
      for (std::int64_t k = k_begin; k < k_end; ++k, panel += kTileColumns) {
        for (std::int64_t r = 0; r < run_count; ++r) {
          const float* source = runs[r].start + offset(k);
          for (std::int64_t i = 0; i < runs[r].count; i += kLanes) {
            store(panel + runs[r].lane + i, load(source + i));
          }
        }
      }
    } else {
      for (std::int64_t r = 0; r < run_count; ++r) {
        for (std::int64_t i = 0; i < runs[r].count; ++i) {
          const float* source = runs[r].start + i * step();
          float* lane = panel + runs[r].lane + i;
          for (std::int64_t k = k_begin; k < k_end; ++k, lane += kTileColumns) {
            *lane = source[offset(k)];
          }
        }
      }
    }
  }

 private:
  struct Run {
    std::int64_t lane;
    std::int64_t count;
    const float* start;
  };

  ImageColumns images_;
  Extents3 extents_;
  Scratch staged_;
  Scratch offsets_;
  const float* first_;
  std::int64_t image_stride_;
};

/// Packs the weights [O, C, K] of a group as [C, O · K] with the kernel positions reversed: the
/// left-hand matrix of the gradient of the data.
inline void pack_transposed(const ConvolutionShape& s, std::int64_t group, const float* weight,
                            std::int64_t panel_rows, float* packed) {
  const std::int64_t out_channels = s.out_channels / s.groups;
  const std::int64_t in_channels = s.in_channels / s.groups;
  const std::int64_t volume = ConvolutionShape::volume(s.kernel);
  const std::int64_t depth = out_channels * volume;
  const Scratch transposed(in_channels * depth);
  float* next = transposed.data();
  for (std::int64_t c = 0; c < in_channels; ++c) {
    for (std::int64_t o = 0; o < out_channels; ++o) {
      const float* kernel = weight + ((group * out_channels + o) * in_channels + c) * volume;
      for (std::int64_t k = volume - 1; k >= 0; --k) *next++ = kernel[k];
    }
  }
  pack_rows({transposed.data(), depth, 1}, in_channels, depth, packed, panel_rows);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

// The columns of some images, packed into panels for the packed algorithms.
#pragma once

#include "framework/cpu/convolution/pixel_copy.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Some consecutive images, staged where that is needed, and the offsets for reading columns.
class StagedImages {
 public:
  /// Channels [channel, channel + channels) of images [begin, end).
  StagedImages(const ImageColumns& images, std::int64_t begin, std::int64_t end,
               std::int64_t channel, std::int64_t channels)
      : images_(images),
        extents_(images.extents()),
        staged_(images.needs_staging() ? (end - begin) * channels * images.channel_numel() : 0),
        offsets_(2 * images.depth()),
        first_(images.source + begin * images.image_stride +
               channel * ConvolutionShape::volume(images.source_extents)),
        image_stride_(images.image_stride) {
    kernel_offsets(images, offsets_.integers());
    if (!images.needs_staging()) return;
    image_stride_ = channels * images.channel_numel();
    first_ = staged_.data();
    std::memset(staged_.data(), 0,
                static_cast<std::size_t>((end - begin) * image_stride_) * sizeof(float));
    const PixelCopy pixels(images);
    const float* const source =
        images.source + channel * ConvolutionShape::volume(images.source_extents);
    for (std::int64_t n = begin; n < end; ++n) {
      pixels.copy(source + n * images.image_stride, channels,
                  staged_.data() + (n - begin) * image_stride_);
    }
  }

  /// The distance of the pixel of row k from the start of its column. Rows count from the first
  /// staged channel.
  std::int64_t offset(std::int64_t k) const { return offsets_.integers()[k]; }
  std::int64_t columns_per_image() const { return images_.columns_per_image(); }

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
    return first_ + image * image_stride_ + (d * extents_[1] + h) * extents_[2] + w;
  }

  /// Packs a panel for multiply_columns (products/gemm.hpp).
  void pack(std::int64_t k_begin, std::int64_t k_end, std::int64_t column, std::int64_t count,
            float* panel) const {
    // What the memory held before may be numbers that are slow to multiply (subnormal ones).
    if (count < kTileColumns) {
      std::memset(panel, 0,
                  static_cast<std::size_t>((k_end - k_begin) * kTileColumns) * sizeof(float));
    }
    Run runs[kTileColumns];
    std::int64_t run_count = 0;
    for (std::int64_t lane = 0; lane < count;) {
      Run& run = runs[run_count++];
      run.lane = lane;
      run.start = column_start(column + lane, run.count);
      run.count = smaller(run.count, count - lane);
      lane += run.count;
    }
    if (run_count == 1 && count == kTileColumns) {
      for (std::int64_t k = k_begin; k < k_end; ++k, panel += kTileColumns) {
        const float* source = runs[0].start + offset(k);
        store(panel, load(source));
        store(panel + kLanes, load(source + kLanes));
      }
    } else if (2 * run_count <= kTileColumns) {
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
          const float* source = runs[r].start + i;
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

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

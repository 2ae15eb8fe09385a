// Copies of images with what their columns need: zeros around or between the pixels, and a plane
// for each phase of a stride (image_columns.hpp).
#pragma once

#include "framework/cpu/convolution/image_columns.hpp"
#include "framework/cpu/simd/transpose.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Copies rows of pixels to their places in the phases of staged rows.
class RowCopy {
 public:
  explicit RowCopy(const ImageColumns& images)
      : end_(images.source_extents[2]),
        before_(images.before[2]),
        spread_(images.spread[2]),
        step_(images.column_step[2]),
        phases_(images.phases[2]),
        phase_stride_(ConvolutionShape::volume(images.staged_extents)) {
    // The staged row has room for pixels [begin_, end_).
    const std::int64_t places = images.staged_extents[2] * step_;
    while (begin_ < end_ && before_ + begin_ * spread_ < 0) ++begin_;
    while (end_ > begin_ && before_ + (end_ - 1) * spread_ >= places) --end_;
    const std::int64_t first = larger(0, before_ + begin_ * spread_);
    first_phase_ = first % step_;
    first_place_ = first / step_;
  }

  /// Calls rows(copy), where copy(row, to) copies a row whose first phase begins at `to`. It is a
  /// loop of its own for each kind of row.
  template <class Rows>
  void with_copy(Rows rows) const {
    const std::int64_t count = end_ - begin_;
    if (step_ == 1 && spread_ == 1 && count <= kLanes) {
      rows([=, *this](const float* row, float* to) {
        store_partial(to + before_ + begin_, load_partial(row + begin_, count), count);
      });
    } else if (step_ == 1 && spread_ == 1) {
      rows([=, *this](const float* row, float* to) {
        copy_floats(count, row + begin_, to + before_ + begin_);
      });
    } else if (step_ == 2) {
      rows([*this](const float* row, float* to) { copy_halves(row, to); });
    } else {
      rows([*this](const float* row, float* to) { copy_apart(row, to); });
    }
  }

 private:
  void copy_apart(const float* row, float* to) const {
    for (std::int64_t phase = 0; phase < phases_; ++phase) {
      // The first pixel of the phase: with several phases neighbouring pixels are in different
      // ones.
      const bool wraps = phase < first_phase_;
      float* place = to + phase * phase_stride_ + first_place_ + (wraps ? 1 : 0);
      for (std::int64_t e = begin_ + phase - first_phase_ + (wraps ? step_ : 0); e < end_;
           e += step_, place += spread_) {
        *place = row[e];
      }
    }
  }
  // Step 2, and so a spread of 1.
  void copy_halves(const float* row, float* to) const {
    const bool odd = first_phase_ != 0;
    float* const even_place = to + first_place_ + (odd ? 1 : 0);
    float* const odd_place = phases_ == 2 ? to + phase_stride_ + first_place_ : nullptr;
    copy_alternate(end_ - begin_, row + begin_, odd ? odd_place : even_place,
                   odd ? even_place : odd_place);
  }

  std::int64_t begin_ = 0;
  std::int64_t end_;
  std::int64_t before_;
  std::int64_t spread_;
  std::int64_t step_;
  std::int64_t phases_;
  std::int64_t phase_stride_;
  std::int64_t first_phase_;  // of pixel begin_
  std::int64_t first_place_;
};

/// Copies channels of images to their places in staged images.
class PixelCopy {
 public:
  explicit PixelCopy(const ImageColumns& images)
      : row_(images),
        from_(images.source_extents),
        to_(images.staged_extents),
        spread_(images.spread),
        step_(images.column_step),
        phases_(images.phases) {
    for (std::size_t i = 0; i < 2; ++i) {
      std::int64_t place = images.before[i];
      for (; begin_[i] < from_[i] && place < 0; place += spread_[i]) ++begin_[i];
      first_phase_[i] = larger(0, place) % step_[i];
      first_place_[i] = larger(0, place) / step_[i];
    }
  }

  /// `count` channels from `channel` on, to `staged`.
  void copy(const float* channel, std::int64_t count, float* staged) const {
    row_.with_copy([&](auto copy_row) {
      for (std::int64_t c = 0; c < count; ++c, channel += ConvolutionShape::volume(from_)) {
        for (std::int64_t phase = 0; phase < phases_[0]; ++phase) {
          copy_planes(channel, phase, staged, copy_row);
          staged += phases_[1] * phases_[2] * ConvolutionShape::volume(to_);
        }
      }
    });
  }

 private:
  // The first pixel of a phase, and its place there.
  struct Start {
    std::int64_t pixel;
    std::int64_t place;
  };
  Start start(std::size_t i, std::int64_t phase) const {
    const bool wraps = phase < first_phase_[i];
    return {begin_[i] + phase - first_phase_[i] + (wraps ? step_[i] : 0),
            first_place_[i] + (wraps ? 1 : 0)};
  }

  // The planes of one phase of the first dimension.
  template <class CopyRow>
  void copy_planes(const float* channel, std::int64_t phase, float* staged,
                   CopyRow copy_row) const {
    Start d = start(0, phase);
    for (; d.pixel < from_[0] && d.place < to_[0]; d.pixel += step_[0], d.place += spread_[0]) {
      float* to = staged + d.place * to_[1] * to_[2];
      for (std::int64_t rows = 0; rows < phases_[1]; ++rows) {
        Start h = start(1, rows);
        const float* row = channel + (d.pixel * from_[1] + h.pixel) * from_[2];
        float* at = to + h.place * to_[2];
        for (; h.pixel < from_[1] && h.place < to_[1]; h.pixel += step_[1], h.place += spread_[1]) {
          copy_row(row, at);
          row += step_[1] * from_[2];
          at += spread_[1] * to_[2];
        }
        to += phases_[2] * ConvolutionShape::volume(to_);
      }
    }
  }

  RowCopy row_;
  Extents3 from_;
  Extents3 to_;
  Extents3 spread_;
  Extents3 step_;
  Extents3 phases_;
  Extents3 begin_{};
  Extents3 first_phase_{};
  Extents3 first_place_{};
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

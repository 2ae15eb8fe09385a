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

/// Where the pixels of a dimension stand in the staged image: their phase, and the place in it.
struct PhasePlace {
  std::int64_t phase;
  std::int64_t place;

  /// The place t, which is not negative.
  PhasePlace(std::int64_t t, std::int64_t step) : phase(t % step), place(t / step) {}
  /// Goes on to the place t + spread.
  void advance(std::int64_t spread, std::int64_t step) {
    if (step == 1) {
      place += spread;
    } else if (++phase == step) {  // a step beside a spread does not occur
      phase = 0;
      ++place;
    }
  }
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
        phases_(images.phases),
        first_d_(start(images, 0)),
        first_h_(start(images, 1)) {}

  /// `count` channels from `channel` on, to `staged`.
  void copy(const float* channel, std::int64_t count, float* staged) const {
    row_.with_copy([&](auto copy_row) { copy_rows(channel, count, staged, copy_row); });
  }

 private:
  template <class CopyRow>
  void copy_rows(const float* channel, std::int64_t count, float* staged, CopyRow copy_row) const {
    const std::int64_t plane = ConvolutionShape::volume(to_);
    for (std::int64_t c = 0; c < count; ++c, channel += ConvolutionShape::volume(from_),
                      staged += ConvolutionShape::volume(phases_) * plane) {
      PhasePlace d = first_d_;
      for (std::int64_t i = begin_[0]; i < from_[0] && d.place < to_[0];
           ++i, d.advance(spread_[0], step_[0])) {
        if (d.phase >= phases_[0]) continue;
        PhasePlace h = first_h_;
        for (std::int64_t j = begin_[1]; j < from_[1] && h.place < to_[1];
             ++j, h.advance(spread_[1], step_[1])) {
          if (h.phase >= phases_[1]) continue;
          copy_row(channel + (i * from_[1] + j) * from_[2],
                   staged + (d.phase * phases_[1] + h.phase) * phases_[2] * plane +
                       (d.place * to_[1] + h.place) * to_[2]);
        }
      }
    }
  }

  // The place of the first pixel that is copied.
  PhasePlace start(const ImageColumns& images, std::size_t i) {
    std::int64_t place = images.before[i];
    for (; begin_[i] < from_[i] && place < 0; place += spread_[i]) ++begin_[i];
    return PhasePlace(larger(0, place), step_[i]);
  }

  RowCopy row_;
  Extents3 from_;
  Extents3 to_;
  Extents3 spread_;
  Extents3 step_;
  Extents3 phases_;
  Extents3 begin_{};
  PhasePlace first_d_;
  PhasePlace first_h_;
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

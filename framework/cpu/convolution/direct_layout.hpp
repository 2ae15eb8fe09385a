// Where the direct algorithm reads images and puts outputs. Output position p and kernel position k
// read image[p + offset_k], with an offset that is the same for all p. There are two layouts:
// - by rows: each row of the output has vectors of its own, and the last one may be cut short;
// - one long row: the image with its borders counts as one row, so that vectors run on from one row
//   to the next. What is computed where the window hangs over a border is thrown away.
// plan.hpp chooses between them.
#pragma once

#include "framework/cpu/convolution/pixel_copy.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Consecutive positions of a tile that belong to one row of the output.
struct ColumnRun {
  std::int64_t lane;      ///< in the tile
  std::int64_t position;  ///< in the output plane
  std::int64_t count;
};

/// A vector that belongs to one row of the output.
struct RowVector {
  std::int64_t source;    ///< where it begins in the image with its borders
  std::int64_t position;  ///< in the output plane
  std::int64_t count;     ///< of its numbers that the row has
};

/// What all images of one convolution share: the offsets, and which of the computed positions are
/// outputs.
class DirectLayout {
 public:
  /// `by_rows` says which of the two layouts it is.
  DirectLayout(const ImageColumns& images, bool by_rows)
      : extents_(images.extents()),
        columns_(images.column_extents),
        span_(images.span()),
        by_rows_(by_rows),
        offsets_(2 * images.depth()),
        places_(2 * (by_rows_ ? kPlaceNumel * vectors()
                              : kPlaceNumel * max_runs(images) + tiles() + 1)) {
    kernel_offsets(images, offsets_.integers());
    if (by_rows_) {
      list_vectors();
    } else {
      list_runs(images);
    }
  }

  const std::int64_t* offsets() const { return offsets_.integers(); }
  /// Positions from the first output to the last one.
  std::int64_t span() const { return span_; }
  /// Extents of the image that is read, with its borders: position (d, h, w) of the output stands
  /// at (d · extents[1] + h) · extents[2] + w.
  const Extents3& extents() const { return extents_; }
  /// Whether each row of the output has vectors of its own, vectors() in all.
  bool by_rows() const { return by_rows_; }
  std::int64_t vectors() const { return columns_[0] * columns_[1] * row_vectors(); }
  RowVector vector(std::int64_t i) const {
    const std::int64_t* v = places_.integers() + kPlaceNumel * i;
    return {v[0], v[1], v[2]};
  }
  /// The first vector of row i.
  RowVector row(std::int64_t i) const { return vector(i * row_vectors()); }
  /// Tiles of kTileColumns positions in the layout of one long row.
  std::int64_t tiles() const { return divide_up(span_, kTileColumns); }
  /// The runs of tile t are run(run_begin(t)) … run(run_begin(t + 1) - 1).
  std::int64_t run_begin(std::int64_t tile) const { return places_.integers()[tile]; }
  ColumnRun run(std::int64_t i) const {
    const std::int64_t* r = places_.integers() + tiles() + 1 + kPlaceNumel * i;
    return {r[0], r[1], r[2]};
  }

 private:
  static constexpr std::int64_t kPlaceNumel = 3;

  std::int64_t row_vectors() const { return divide_up(columns_[2], kLanes); }
  // The border between two tiles cuts one row in two at most.
  std::int64_t max_runs(const ImageColumns& images) const {
    return images.column_extents[0] * images.column_extents[1] + tiles();
  }

  void list_vectors() {
    std::int64_t* next = places_.integers();
    for (std::int64_t row = 0; row < columns_[0] * columns_[1]; ++row) {
      const std::int64_t d = row / columns_[1];
      const std::int64_t h = row % columns_[1];
      for (std::int64_t w = 0; w < columns_[2]; w += kLanes) {
        *next++ = (d * extents_[1] + h) * extents_[2] + w;
        *next++ = row * columns_[2] + w;
        *next++ = smaller(kLanes, columns_[2] - w);
      }
    }
  }

  void list_runs(const ImageColumns& images) {
    const Extents3& c = images.column_extents;
    std::int64_t* begin = places_.integers();
    std::int64_t* next = begin + tiles() + 1;
    std::int64_t count = 0;
    std::int64_t tile = 0;
    begin[0] = 0;
    for (std::int64_t d = 0; d < c[0]; ++d) {
      for (std::int64_t h = 0; h < c[1]; ++h) {
        std::int64_t p = (d * extents_[1] + h) * extents_[2];
        for (std::int64_t w = 0; w < c[2];) {
          while (p / kTileColumns > tile) begin[++tile] = count;
          const std::int64_t lane = p % kTileColumns;
          const std::int64_t length = smaller(c[2] - w, kTileColumns - lane);
          *next++ = lane;
          *next++ = (d * c[1] + h) * c[2] + w;
          *next++ = length;
          ++count;
          w += length;
          p += length;
        }
      }
    }
    while (tile < tiles()) begin[++tile] = count;
  }

  Extents3 extents_;
  Extents3 columns_;
  std::int64_t span_;
  bool by_rows_;
  Scratch offsets_;
  Scratch places_;
};

/// Prepares images for a DirectLayout: adds the borders that they need, and squares the pixels
/// where that is asked for. An image that needs neither is read where it lies.
class DirectImages {
 public:
  /// Has room for `slots` images at a time.
  DirectImages(const ImageColumns& images, bool squared, std::int64_t slots)
      : images_(images),
        squared_(squared),
        numel_(images.channels * images.channel_numel()),
        stride_(copies() ? round_up(numel_, kLanes) : images.image_stride),
        pixels_(images),
        memory_(copies() ? slots * stride_ : 0) {
    // Later calls write pixels only, so the borders stay zero.
    if (images.needs_staging()) {
      std::memset(memory_.data(), 0, static_cast<std::size_t>(slots * stride_) * sizeof(float));
    }
  }

  /// Distance between the images that one call of prepare delivers.
  std::int64_t stride() const { return stride_; }

  /// Prepares images [begin, end) and returns the first one. They replace those of the call before.
  const float* prepare(std::int64_t begin, std::int64_t end) const {
    if (!copies()) return images_.source + begin * images_.image_stride;
    for (std::int64_t n = begin; n < end; ++n) {
      const float* source = images_.source + n * images_.image_stride;
      float* const slot = memory_.data() + (n - begin) * stride_;
      if (images_.needs_staging()) {
        pixels_.copy(source, images_.channels, slot);
        source = slot;
      }
      if (squared_) {
        for (std::int64_t i = 0; i < numel_; i += kLanes) {
          const Vec x = load(source + i);
          store(slot + i, x * x);
        }
      }
    }
    return memory_.data();
  }

 private:
  bool copies() const { return squared_ || images_.needs_staging(); }

  ImageColumns images_;
  bool squared_;
  std::int64_t numel_;
  std::int64_t stride_;
  PixelCopy pixels_;
  Scratch memory_;
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

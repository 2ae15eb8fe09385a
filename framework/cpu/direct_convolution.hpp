// Direct convolution for stride 1. Seen as one long row, an image with its borders is met by each
// (channel, kernel position) at a constant distance: position p of the output reads
// image[p + offset]. The vectors of the product's right-hand matrix are therefore loaded straight
// from the image, without packing. Between the rows of the output the window hangs over an image's
// border; what is computed there is thrown away.
#pragma once

#include "framework/cpu/image_columns.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Consecutive positions of a tile that belong to one row of the output.
struct ColumnRun {
  std::int64_t lane;      ///< in the tile
  std::int64_t position;  ///< in the output plane
  std::int64_t count;
};

/// What all images of one convolution share: the offsets, and which computed positions count.
class DirectPlan {
 public:
  explicit DirectPlan(const ImageColumns& images)
      : extents_(extents_of(images)),
        span_(span_of(images)),
        offsets_(2 * images.depth()),
        runs_(2 * (kRunNumel * max_runs(images) + tiles() + 1)) {
    kernel_offsets(images, extents_, offsets_.integers());
    list_runs(images);
  }

  /// Whether the images can be read this way, and enough of what is computed counts.
  static bool suits(const ImageColumns& images) {
    for (const std::int64_t step : images.column_step) {
      if (step != 1) return false;
    }
    const std::int64_t computed = round_up(span_of(images), kLanes);
    return 2 * images.columns_per_image() > computed;
  }

  const std::int64_t* offsets() const { return offsets_.integers(); }
  /// Elements of one image with its borders, for one channel.
  std::int64_t plane() const { return ConvolutionShape::volume(extents_); }
  /// Positions from the first to the last one that counts.
  std::int64_t span() const { return span_; }
  /// Where an output position stands in the long row.
  const Extents3& extents() const { return extents_; }
  std::int64_t tiles() const { return (span_ + kTileColumns - 1) / kTileColumns; }
  /// The runs of tile t are run(run_begin(t)) … run(run_begin(t + 1) - 1).
  std::int64_t run_begin(std::int64_t tile) const { return runs_.integers()[tile]; }
  ColumnRun run(std::int64_t i) const {
    const std::int64_t* r = runs_.integers() + tiles() + 1 + kRunNumel * i;
    return {r[0], r[1], r[2]};
  }

 private:
  static constexpr std::int64_t kRunNumel = 3;

  static Extents3 extents_of(const ImageColumns& images) {
    return images.needs_staging() ? images.staged_extents : images.source_extents;
  }
  static std::int64_t span_of(const ImageColumns& images) {
    const Extents3 e = extents_of(images);
    const Extents3& c = images.column_extents;
    return ((c[0] - 1) * e[1] + c[1] - 1) * e[2] + c[2];
  }
  // A tile's border cuts at most one row in two.
  std::int64_t max_runs(const ImageColumns& images) const {
    return images.column_extents[0] * images.column_extents[1] + tiles();
  }

  void list_runs(const ImageColumns& images) {
    const Extents3& c = images.column_extents;
    std::int64_t* begin = runs_.integers();
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
  std::int64_t span_;
  Scratch offsets_;
  Scratch runs_;
};

/// Makes images ready to be read by a DirectPlan: with borders where they need some, squared where
/// that is asked for.
class DirectImages {
 public:
  /// Room for `slots` images at a time.
  DirectImages(const ImageColumns& images, bool squared, std::int64_t slots)
      : images_(images),
        squared_(squared),
        numel_(images.channels * ConvolutionShape::volume(images.needs_staging()
                                                              ? images.staged_extents
                                                              : images.source_extents)),
        stride_(copies() ? round_up(numel_, kLanes) : images.image_stride),
        memory_(copies() ? slots * stride_ : 0) {
    // Only pixels are written later: borders stay zero.
    if (images.needs_staging()) {
      std::memset(memory_.data(), 0, static_cast<std::size_t>(slots * stride_) * sizeof(float));
    }
  }

  /// Distance of the images that one call of prepare made ready.
  std::int64_t stride() const { return stride_; }

  /// The first of images [begin, end), which replace those before.
  const float* prepare(std::int64_t begin, std::int64_t end) const {
    if (!copies()) return images_.source + begin * images_.image_stride;
    for (std::int64_t n = begin; n < end; ++n) {
      const float* source = images_.source + n * images_.image_stride;
      float* const slot = memory_.data() + (n - begin) * stride_;
      if (images_.needs_staging()) {
        copy_pixels(images_, source, 0, images_.channels, slot);
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
  Scratch memory_;
};

/// tile [Rows][kTileColumns] = packed rows of A [depth][Rows] times the image's vectors.
template <int Rows, int Vectors>
void direct_tile(std::int64_t depth, const float* a, const float* image,
                 const std::int64_t* offsets, float* tile) {
  Vec sums[Rows][Vectors];
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) sums[r][v] = Vec(0);
  }
  for (std::int64_t k = 0; k < depth; ++k, a += Rows) {
    const float* source = image + offsets[k];
    Vec x[Vectors];
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) x[v] = load(source + v * kLanes);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      const Vec factor(a[r]);
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) sums[r][v] += factor * x[v];
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) store(tile + r * kTileColumns + v * kLanes, sums[r][v]);
  }
}

/// The same for a number of rows and vectors known at run time.
template <int Rows = kTileRows>
void direct_tile_of(std::int64_t rows, std::int64_t columns, std::int64_t depth, const float* a,
                    const float* image, const std::int64_t* offsets, float* tile) {
  if constexpr (Rows > 0) {
    if (rows != Rows) {
      direct_tile_of<Rows - 1>(rows, columns, depth, a, image, offsets, tile);
    } else if (columns > kLanes) {
      direct_tile<Rows, 2>(depth, a, image, offsets, tile);
    } else {
      direct_tile<Rows, 1>(depth, a, image, offsets, tile);
    }
  }
}

/// Rows per panel of A: as even as kTileRows allows.
inline std::int64_t direct_panel_rows(std::int64_t rows) {
  const std::int64_t panels = (rows + kTileRows - 1) / kTileRows;
  return (rows + panels - 1) / panels;
}

/// Multiplies rows packed in panels of direct_panel_rows with one image or more (Products), each
/// with its own rows, and hands every run of results to put(row, run, values of each product).
template <int Products, class Put>
void multiply_direct(const DirectPlan& plan, std::int64_t rows, std::int64_t depth,
                     const float* const (&packed)[Products], const float* const (&image)[Products],
                     Put put) {
  const std::int64_t panel_rows = direct_panel_rows(rows);
  alignas(kVectorBytes) float values[Products][kTileNumel];
  for (std::int64_t row = 0; row < rows; row += panel_rows) {
    const std::int64_t count = smaller(panel_rows, rows - row);
    for (std::int64_t t = 0; t < plan.tiles(); ++t) {
      const std::int64_t first = t * kTileColumns;
      for (int product = 0; product < Products; ++product) {
        direct_tile_of(count, smaller(kTileColumns, plan.span() - first), depth,
                       packed[product] + row * depth, image[product] + first, plan.offsets(),
                       values[product]);
      }
      for (std::int64_t i = plan.run_begin(t); i < plan.run_begin(t + 1); ++i) {
        const ColumnRun run = plan.run(i);
        for (std::int64_t r = 0; r < count; ++r) {
          const float* lanes[Products];
          for (int product = 0; product < Products; ++product) {
            lanes[product] = values[product] + r * kTileColumns + run.lane;
          }
          put(row + r, run, lanes);
        }
      }
    }
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

// The transformed tiles Bᵀ d B of images (winograd.hpp), as all Winograd passes read them. For each
// element e of the tiles and each block of Width channels they are [tile][Width], with the channels
// of the block side by side.
#pragma once

#include "framework/cpu/convolution/winograd.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Images [begin, end) of a pass, whose tiles are worked on together.
struct ImageRange {
  std::int64_t begin;
  std::int64_t end;

  std::int64_t count() const { return end - begin; }
};

/// Cuts the batch into groups of images of about equal size.
struct ImageGroups {
  std::int64_t count;
  std::int64_t images;  ///< per group; the last may have fewer

  /// Takes as many images into a group as keep `floats_per_image` · images near `floats`.
  ImageGroups(std::int64_t batch, std::int64_t floats_per_image, std::int64_t floats) {
    const std::int64_t most = larger(1, floats / floats_per_image);
    const std::int64_t wanted = divide_up(batch, most);
    images = divide_up(batch, wanted);
    count = divide_up(batch, images);
  }

  ImageRange range(std::int64_t group, std::int64_t batch) const {
    return {group * images, smaller((group + 1) * images, batch)};
  }
};

/// Places in the memory of transformed tiles. Width is the number of channels in a block, a
/// multiple of kLanes. The tiles of one element lie one vector further from those of the next than
/// they need, so that the elements of a tile do not all fall on one set of the caches.
template <int Width>
struct TileLayout {
  std::int64_t blocks;
  std::int64_t tiles;

  std::int64_t block_stride() const { return tiles * Width; }
  std::int64_t element_stride() const { return blocks * block_stride() + kLanes; }
  std::int64_t numel(std::int64_t elements) const { return elements * element_stride(); }
  std::int64_t at(std::int64_t element, std::int64_t block, std::int64_t tile) const {
    return element * element_stride() + block * block_stride() + tile * Width;
  }
};

/// Calls function.operator()<M>() for the tile size m, 2 or 4.
template <class Function>
auto with_tile(int m, Function function) {
  return m == 2 ? function.template operator()<2>() : function.template operator()<4>();
}

/// Pixels above 2¹⁰⁰ leave no room for the factors of a transform and the weights.
inline constexpr float kLargestPixel = 0x1p100F;

/// Whether none of n numbers, or of their squares, is above kLargestPixel in magnitude, or NaN.
inline bool are_small(std::int64_t n, const float* x, bool squared) {
  // As integers the bits of magnitudes have the same order as the magnitudes. NaN is above all.
  NativeInt largest[4] = {};
  const auto take = [&](int j, Vec v) {
    const NativeInt magnitude = bits_of(v) & 0x7fffffff;
    largest[j] = magnitude > largest[j] ? magnitude : largest[j];
  };
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) take(j, load(x + i + j * kLanes));
  }
  for (; i < n; i += kLanes) take(0, load_some(x + i, smaller(kLanes, n - i)));
  const NativeInt bound = bits_of(Vec(squared ? 0x1p50F : kLargestPixel));
  return !any(Mask{(largest[0] > bound) | (largest[1] > bound) | (largest[2] > bound) |
                   (largest[3] > bound)});
}

/// kLanes channels of an image as [row][column][kLanes], with zeros around them.
class StagedPlane {
 public:
  StagedPlane(std::int64_t rows, std::int64_t columns)
      : columns_(columns), memory_(rows * columns * kLanes) {
    std::memset(memory_.data(), 0,
                static_cast<std::size_t>(rows * columns * kLanes) * sizeof(float));
  }

  /// Puts the image [channels][height][width], or the squares of its pixels, with its first pixel
  /// at (top, left). The zeros around it are written once, so all images that are put into one
  /// object must have the same size and place.
  void put(const float* image, bool squared, std::int64_t channels, std::int64_t height,
           std::int64_t width, std::int64_t top, std::int64_t left) const {
    PixelWalk to(memory_.data() + (top * columns_ + left) * kLanes, width, columns_ * kLanes);
    for_each_column(channels, height * width, image, height * width, [&](std::int64_t, Vec pixel) {
      store(to.next(), squared ? pixel * pixel : pixel);
    });
  }

  const float* at(std::int64_t row, std::int64_t column) const {
    return memory_.data() + (row * columns_ + column) * kLanes;
  }
  std::int64_t columns() const { return columns_; }

 private:
  std::int64_t columns_;
  Scratch memory_;
};

/// Stores Bᵀ d B of every tile of `images`, or of the squares of their pixels. small[i] gets
/// whether the numbers of image i are_small. `small` may be null.
template <int M>
void transform_input(const WinogradShape& s, const ImageRange& images, const float* x, bool squared,
                     const TileLayout<kLanes>& layout, float* to, std::int64_t* small) {
  constexpr int kEdge = M + 2;
  const std::int64_t down = s.tiles_down(M);
  const std::int64_t across = s.tiles_across(M);
  parallel_for(images.count(), 1, [&](std::int64_t image, std::int64_t) {
    const float* const first_pixel = x + (images.begin + image) * s.in * s.in_plane();
    if (small != nullptr) {
      small[image] = are_small(s.in * s.in_plane(), first_pixel, squared) ? 1 : 0;
    }
    // Large enough for the last rows of the input even where no tile of the output reaches them.
    const StagedPlane plane(larger(down * M + 2, s.height + s.pad_height),
                            larger(across * M + 2, s.width + s.pad_width));
    for (std::int64_t block = 0; block < layout.blocks; ++block) {
      plane.put(first_pixel + block * kLanes * s.in_plane(), squared,
                smaller(kLanes, s.in - block * kLanes), s.height, s.width, s.pad_height,
                s.pad_width);
      for (std::int64_t tile = 0; tile < down * across; ++tile) {
        const float* const from = plane.at(tile / across * M, tile % across * M);
        const std::int64_t row = plane.columns() * kLanes;
        float* const first = to + layout.at(0, block, image * down * across + tile);
        transform_tile<kEdge, kEdge>(
            &WinogradMatrices<M>::input,
            [&](int i, int j) { return load(from + i * row + j * kLanes); },
            [&](int i, int j, Vec v) {
              store(first + (i * kEdge + j) * layout.element_stride(), v);
            });
      }
    }
  });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

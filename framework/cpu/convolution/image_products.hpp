// The matrix products of the direct and the packed algorithms: y = W · columns(x), where W holds
// rows of weights in packed panels and each column holds the pixels that one output position sees
// (image_columns.hpp). convolution.cpp calls them.
#pragma once

#include "framework/cpu/convolution/direct_convolution.hpp"
#include "framework/cpu/convolution/staged_images.hpp"
#include "framework/cpu/epilogue.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Where a product goes. Row r of image n begins at first + n · image_stride + r · plane, and its
/// columns are the positions of the plane.
struct Destination {
  float* first;
  std::int64_t image_stride;
  std::int64_t plane;
  Epilogue<float> epilogue;  ///< its channels are the product's rows
};

/// Rows and positions of one group's outputs, and of its inputs.
inline Destination output_of(const ConvolutionShape& s, std::int64_t group, float* y,
                             const Epilogue<float>& epilogue) {
  const std::int64_t rows = s.out_channels / s.groups;
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  return {y + group * rows * plane,
          s.out_channels * plane,
          plane,
          {epilogue.bias == nullptr ? nullptr : epilogue.bias + group * rows, epilogue.activation}};
}
inline Destination input_of(const ConvolutionShape& s, std::int64_t group, float* x) {
  const std::int64_t plane = ConvolutionShape::volume(s.input);
  return {x + group * (s.in_channels / s.groups) * plane, s.in_channels * plane, plane, {}};
}

/// Stores a tile whose columns run on from one image to the next.
inline void put_image_tile(const Destination& to, const Tile& tile, const float* values) {
  for (std::int64_t c = 0; c < tile.columns;) {
    const std::int64_t image = (tile.column + c) / to.plane;
    const std::int64_t position = (tile.column + c) % to.plane;
    const std::int64_t count = smaller(tile.columns - c, to.plane - position);
    for (std::int64_t r = 0; r < tile.rows; ++r) {
      float* row = to.first + image * to.image_stride + (tile.row + r) * to.plane + position;
      const float* sums = values + r * kTileColumns + c;
      if (tile.accumulate) {
        map_serial(
            count, row, [](Vec a, Vec b) { return a + b; }, row, sums);
      } else {
        const Vec offset = bias_of(to.epilogue.bias, tile.row + r);
        map_serial(
            count, row, [&](Vec a) { return a + offset; }, sums);
      }
    }
    c += count;
  }
}

/// Applies the activation to `rows` complete rows of image n.
inline void finish_image(const Destination& to, std::int64_t rows, std::int64_t n) {
  activate_all(to.epilogue.activation, rows * to.plane, to.first + n * to.image_stride);
}

/// Images that a thread multiplies in one call of the packed algorithm. Each call reads all weights
/// and pads its columns to whole tiles, so that it should have many columns. The number may depend
/// on the number of threads, because no sum is divided.
inline std::int64_t images_per_range(std::int64_t batch, std::int64_t columns_per_image) {
  constexpr std::int64_t kFewestColumns = 128;
  constexpr std::int64_t kMostColumns = 1024;
  const std::int64_t threads = num_threads();
  const std::int64_t fair = divide_up(batch, threads > 1 ? 2 * threads : 1);
  return larger(1, larger(kFewestColumns / columns_per_image,
                          smaller(kMostColumns / columns_per_image, fair)));
}

/// Multiplies `rows` packed rows with the columns of all images, which are packed on the way. Of
/// two products the second one is with the squares of the pixels.
template <int Products>
void multiply_images(const ImageColumns& images, std::int64_t batch, std::int64_t rows,
                     const float* const (&packed)[Products], const Destination (&to)[Products]) {
  parallel_for(
      batch, images_per_range(batch, images.columns_per_image()),
      [&](std::int64_t begin, std::int64_t end) {
        const StagedImages staged(images, begin, end, 0, images.channels);
        const std::int64_t columns = (end - begin) * images.columns_per_image();
        const std::int64_t block = columns_per_call(images.depth());
        for (std::int64_t first = 0; first < columns; first += block) {
          multiply_columns<Products>(
              rows, images.depth(), packed, smaller(block, columns - first),
              [&](std::int64_t k_begin, std::int64_t k_end, std::int64_t column, std::int64_t count,
                  float* panel) { staged.pack(k_begin, k_end, first + column, count, panel); },
              [&](Tile tile, const float(&values)[Products][kTileNumel]) {
                tile.column += first;
                for (int product = 0; product < Products; ++product) {
                  Destination at = to[product];
                  at.first += begin * at.image_stride;
                  put_image_tile(at, tile, values[product]);
                }
              });
        }
        for (const Destination& destination : to) {
          for (std::int64_t n = begin; n < end; ++n) finish_image(destination, rows, n);
        }
      });
}

/// Shares the images of a direct product among threads: body(begin, end) works on images [begin,
/// end).
inline void for_direct_images(const DirectLayout& layout, std::int64_t batch, std::int64_t rows,
                              std::int64_t depth,
                              FunctionRef<void(std::int64_t begin, std::int64_t end)> body) {
  // Multiply-adds that pay for waking a thread.
  constexpr std::int64_t kWorkPerRange = std::int64_t{1} << 19;
  const std::int64_t images_per_range = larger(1, kWorkPerRange / (rows * depth * layout.span()));
  parallel_for(batch, images_per_range, body);
}

/// The same for rows that are packed in panels of even_panel_rows, with columns that are read in
/// place. `by_rows` is the layout (direct_layout.hpp).
template <int Products>
void multiply_directly(const ImageColumns& images, bool by_rows, std::int64_t batch,
                       std::int64_t rows, const float* const (&packed)[Products],
                       const Destination (&to)[Products]) {
  const DirectLayout layout(images, by_rows);
  const std::int64_t depth = images.depth();
  for_direct_images(layout, batch, rows, depth, [&](std::int64_t begin, std::int64_t end) {
    for (int product = 0; product < Products; ++product) {
      const DirectImages ready(images, product == 1, 1);
      const Destination& at = to[product];
      for (std::int64_t n = begin; n < end; ++n) {
        multiply_direct(layout, rows, depth, packed[product], ready.prepare(n, n + 1),
                        {at.first + n * at.image_stride, at.plane, at.epilogue.bias});
        finish_image(at, rows, n);
      }
    }
  });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

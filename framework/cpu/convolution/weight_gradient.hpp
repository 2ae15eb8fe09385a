// The gradient of a convolution's weights by the direct and the packed algorithm,
//   dw[o, k] = Σ over images and output positions of dy[o, position] · x[k, position]
// where x[k, position] is the pixel that kernel position k of an input channel sees there. The
// inner dimension of this product is the long one: each block of dw is a set of dot products along
// the lanes of vectors (products/dot_products.hpp). The direct algorithm reads the images in place
// (direct_layout.hpp). The packed one first copies their columns to rows, one for each channel and
// kernel position.
//
// The images are divided into as many partial sums as the shape alone decides, and these are added
// in order at the end, so that the bits do not depend on the number of threads.
#pragma once

#include "framework/cpu/convolution/direct_layout.hpp"
#include "framework/cpu/convolution/plan.hpp"
#include "framework/cpu/convolution/staged_images.hpp"
#include "framework/cpu/products/dot_products.hpp"
#include "framework/cpu/simd/lane_sums.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

inline constexpr std::int64_t kColumnsPerBlock = 256;
inline constexpr std::int64_t kRowsPerBlock = 192;
inline constexpr std::int64_t kMaxPartialSums = 16;
inline constexpr std::int64_t kMaxPartialNumel = std::int64_t{1} << 20;
/// The most floats of sums in lanes that one task works on.
inline constexpr std::int64_t kMaxLaneSums = std::int64_t{1} << 19;
/// Positions of images that the direct algorithm prepares at a time, and positions whose pixels and
/// gradients fit into the first-level cache.
inline constexpr std::int64_t kPositionsPerBlock = 1024;
inline constexpr std::int64_t kRowPositionsPerBlock = 512;
/// Positions that are summed one after the other before their sum joins a cascade.
inline constexpr std::int64_t kPositionsPerChunk = 64 * kRowPositionsPerBlock;

/// Copies the columns of some images to rows [rows][stride]. Zeros fill up the last vector.
inline void lay_out_columns(const StagedImages& staged, std::int64_t rows, std::int64_t columns,
                            std::int64_t stride, float* to) {
  for (std::int64_t column = 0; column < columns;) {
    std::int64_t run = 0;
    const float* start = staged.column_start(column, run);
    if (run >= kLanes / 2) {
      for (std::int64_t k = 0; k < rows; ++k) {
        const float* source = start + staged.offset(k);
        float* row = to + k * stride + column;
        // The last vector may pass the end of the run. The next run, or the zeros at the end,
        // overwrite what it writes there.
        for (std::int64_t i = 0; i < run; i += kLanes) store(row + i, load(source + i));
      }
    } else {
      for (std::int64_t k = 0; k < rows; ++k) {
        const float* source = start + staged.offset(k);
        float* row = to + k * stride + column;
        for (std::int64_t i = 0; i < run; ++i) row[i] = source[i];
      }
    }
    column += run;
  }
  for (std::int64_t k = 0; k < rows; ++k) {
    for (std::int64_t i = columns; i < round_up(columns, kLanes); ++i) to[k * stride + i] = 0;
  }
}

/// Copies the output gradients of images [begin, end) to rows [channels][stride]. Zeros fill up the
/// last vector.
inline void lay_out_gradient(const ConvolutionShape& s, const float* grad_y, std::int64_t channel,
                             std::int64_t channels, std::int64_t begin, std::int64_t end,
                             std::int64_t stride, float* to) {
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  const std::int64_t columns = (end - begin) * plane;
  for (std::int64_t c = 0; c < channels; ++c) {
    float* row = to + c * stride;
    for (std::int64_t n = begin; n < end; ++n, row += plane) {
      copy_floats(plane, grad_y + (n * s.out_channels + channel + c) * plane, row);
    }
    for (std::int64_t i = columns; i < round_up(columns, kLanes); ++i) to[c * stride + i] = 0;
  }
}

/// Copies the output gradients of images [begin, end) to their positions in the layout of one long
/// row, [channels][images][stride]. What lies between the rows of the output stays as it is.
inline void spread_gradient(const ConvolutionShape& s, const DirectLayout& layout,
                            const float* grad_y, std::int64_t channel, std::int64_t channels,
                            std::int64_t begin, std::int64_t end, std::int64_t stride, float* to) {
  const Extents3& e = layout.extents();
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t n = begin; n < end; ++n, to += stride) {
      const float* row =
          grad_y + (n * s.out_channels + channel + c) * ConvolutionShape::volume(s.output);
      for (std::int64_t d = 0; d < s.output[0]; ++d) {
        for (std::int64_t h = 0; h < s.output[1]; ++h, row += s.output[2]) {
          copy_floats(s.output[2], row, to + (d * e[1] + h) * e[2]);
        }
      }
    }
  }
}

/// The products of one pass: dy with x for one product; for two, the gradient of the mean with x
/// and the gradient of the variance with x².
template <int Products>
struct WeightGradient {
  const ConvolutionShape& shape;
  Algorithm algorithm;  ///< direct_rows, direct_long_row or packed
  const float* x;
  const float* grad_y[Products];
  float* grad_weight[Products];

  std::int64_t outputs() const { return shape.out_channels / shape.groups; }

  // The packed algorithm. Adds images [begin, end) of a group to the sums of the weights of input
  // channels [channel, channel + channels). The sums are [outputs][channels · kernel][kLanes].
  void add(std::int64_t group, std::int64_t begin, std::int64_t end, std::int64_t channel,
           std::int64_t channels, float* const (&to)[Products]) const {
    const ImageColumns images = input_columns(shape, group, x);
    const std::int64_t volume = ConvolutionShape::volume(shape.kernel);
    const std::int64_t rows = channels * volume;
    const std::int64_t columns = (end - begin) * images.columns_per_image();
    const std::int64_t length = round_up(columns, kLanes);
    const std::int64_t stride = length + kLanes;  // room for a vector written past the end
    const StagedImages staged(images, begin, end, channel, channels);
    const Scratch laid_out((rows + outputs()) * stride + kLanes);
    const Scratch row_offsets(2 * rows);
    for (std::int64_t k = 0; k < rows; ++k) row_offsets.integers()[k] = k * stride;
    float* const x_rows = laid_out.data();
    float* const y_rows = laid_out.data() + rows * stride;
    lay_out_columns(staged, rows, columns, stride, x_rows);
    for (int product = 0; product < Products; ++product) {
      if (product == 1) {
        map_serial(
            rows * stride, x_rows, [](Vec v) { return v * v; }, static_cast<const float*>(x_rows));
      }
      lay_out_gradient(shape, grad_y[product], group * outputs(), outputs(), begin, end, stride,
                       y_rows);
      constexpr std::int64_t kStart = 0;
      dot_rows(outputs(), rows, {1, length, &kStart, &kStart}, {y_rows, stride}, x_rows,
               row_offsets.integers(), to[product], rows * kLanes);
    }
  }

  // The same by the direct algorithm.
  void add_directly(std::int64_t group, std::int64_t begin, std::int64_t end, std::int64_t channel,
                    std::int64_t channels, float* const (&to)[Products]) const {
    const ImageColumns images = input_columns(shape, group, x).part(channel, channels);
    const DirectLayout layout(images, algorithm == Algorithm::direct_rows);
    if (layout.by_rows()) {
      add_rows(layout, images, group, begin, end, to);
    } else {
      add_long_rows(layout, images, group, begin, end, to);
    }
  }

  // Row by row, in blocks of rows whose pixels and gradients fit into the first-level cache.
  void add_rows(const DirectLayout& layout, const ImageColumns& images, std::int64_t group,
                std::int64_t begin, std::int64_t end, float* const (&to)[Products]) const {
    const std::int64_t plane = images.columns_per_image();
    const std::int64_t slots = smaller(end - begin, larger(1, kPositionsPerBlock / plane));
    const std::int64_t width = images.column_extents[2];
    const std::int64_t rows = plane / width;
    const std::int64_t rows_per_block = larger(1, kRowPositionsPerBlock / width);
    // Without the addition the gradients of neighbouring channels would often lie a power of two
    // apart, and share a few lines of the cache.
    const std::int64_t stride = slots * plane + 2 * kTileColumns;
    const Scratch gradients(outputs() * stride);
    const Scratch starts(4 * slots * rows);
    std::int64_t* const left = starts.integers();
    std::int64_t* const right = left + slots * rows;
    for (int product = 0; product < Products; ++product) {
      const DirectImages ready(images, product == 1, slots);
      for (std::int64_t i = 0; i < slots * rows; ++i) {
        const RowVector row = layout.row(i % rows);
        left[i] = i / rows * plane + row.position;
        right[i] = i / rows * ready.stride() + row.source;
      }
      for (std::int64_t n = begin; n < end; n += slots) {
        const std::int64_t last = smaller(end, n + slots);
        const float* const pixels = ready.prepare(n, last);
        lay_out_gradient(shape, grad_y[product], group * outputs(), outputs(), n, last, stride,
                         gradients.data());
        const std::int64_t parts = (last - n) * rows;
        for (std::int64_t part = 0; part < parts; part += rows_per_block) {
          dot_rows(outputs(), images.depth(),
                   {smaller(rows_per_block, parts - part), width, left + part, right + part},
                   {gradients.data(), stride}, pixels, layout.offsets(), to[product],
                   images.depth() * kLanes);
        }
      }
    }
  }

  // Takes each image as one long row, and copies the gradients to the positions of that row.
  void add_long_rows(const DirectLayout& layout, const ImageColumns& images, std::int64_t group,
                     std::int64_t begin, std::int64_t end, float* const (&to)[Products]) const {
    const std::int64_t stride = round_up(layout.span(), kLanes);
    const std::int64_t slots = smaller(end - begin, larger(1, kPositionsPerBlock / stride));
    const std::int64_t numel = outputs() * slots * stride;
    const Scratch spread(numel);
    std::memset(spread.data(), 0, static_cast<std::size_t>(numel) * sizeof(float));
    const Scratch starts(4 * slots);
    std::int64_t* const left = starts.integers();
    std::int64_t* const right = left + slots;
    for (int product = 0; product < Products; ++product) {
      const DirectImages ready(images, product == 1, slots);
      for (std::int64_t i = 0; i < slots; ++i) {
        left[i] = i * stride;
        right[i] = i * ready.stride();
      }
      for (std::int64_t n = begin; n < end; n += slots) {
        const std::int64_t count = smaller(slots, end - n);
        spread_gradient(shape, layout, grad_y[product], group * outputs(), outputs(), n, n + count,
                        stride, spread.data());
        dot_rows(outputs(), images.depth(), {count, layout.span(), left, right},
                 {spread.data(), count * stride}, ready.prepare(n, n + count), layout.offsets(),
                 to[product], images.depth() * kLanes);
      }
    }
  }

  // Stores the sums over images [begin, end) of a group: [Products][outputs][channels ·
  // kernel][kLanes].
  void sum_images(std::int64_t group, std::int64_t begin, std::int64_t end, std::int64_t channel,
                  std::int64_t channels, float* sums) const {
    const std::int64_t plane = ConvolutionShape::volume(shape.output);
    const std::int64_t images_per_block = larger(1, kColumnsPerBlock / plane);
    const std::int64_t images_per_chunk =
        images_per_block * larger(1, kPositionsPerChunk / (plane * images_per_block));
    const std::int64_t chunks = larger(1, divide_up(end - begin, images_per_chunk));
    const std::int64_t numel =
        outputs() * channels * ConvolutionShape::volume(shape.kernel) * kLanes;
    const Scratch levels(cascade_levels(chunks) * Products * numel);
    float* to[Products];
    for (int product = 0; product < Products; ++product) to[product] = sums + product * numel;
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
      std::memset(sums, 0, static_cast<std::size_t>(Products * numel) * sizeof(float));
      const std::int64_t first = begin + chunk * images_per_chunk;
      const std::int64_t last = smaller(end, first + images_per_chunk);
      if (algorithm != Algorithm::packed) {
        add_directly(group, first, last, channel, channels, to);
      } else {
        for (std::int64_t n = first; n < last; n += images_per_block) {
          add(group, n, smaller(n + images_per_block, last), channel, channels, to);
        }
      }
      join_cascade(chunk, chunk + 1 == chunks, Products * numel, sums, levels.data(),
                   Products * numel);
    }
  }

  void run() const {
    const std::int64_t in_channels = shape.in_channels / shape.groups;
    const std::int64_t volume = ConvolutionShape::volume(shape.kernel);
    const std::int64_t plane = ConvolutionShape::volume(shape.output);
    const std::int64_t group_numel = shape.weight_numel() / shape.groups;
    const std::int64_t channels_per_block =
        larger(1, smaller(kRowsPerBlock, kMaxLaneSums / (outputs() * kLanes)) / volume);
    const std::int64_t channel_blocks = divide_up(in_channels, channels_per_block);
    const std::int64_t images_per_block = larger(1, kColumnsPerBlock / plane);
    const std::int64_t image_blocks = divide_up(shape.batch, images_per_block);
    const std::int64_t partials =
        smaller(smaller(image_blocks, kMaxPartialSums), larger(1, kMaxPartialNumel / group_numel));
    const std::int64_t blocks_per_partial = divide_up(image_blocks, partials);
    const std::int64_t depth = in_channels * volume;
    const Scratch sums(Products * partials * group_numel);
    for (std::int64_t group = 0; group < shape.groups; ++group) {
      parallel_for(partials * channel_blocks, 1, [&](std::int64_t task, std::int64_t) {
        const std::int64_t images = blocks_per_partial * images_per_block;
        const std::int64_t begin = smaller(task / channel_blocks * images, shape.batch);
        const std::int64_t end = smaller(begin + images, shape.batch);
        const std::int64_t channel = task % channel_blocks * channels_per_block;
        const std::int64_t channels = smaller(channels_per_block, in_channels - channel);
        const std::int64_t rows = channels * volume;
        const std::int64_t numel = outputs() * rows * kLanes;
        const Scratch lanes(Products * numel);
        sum_images(group, begin, end, channel, channels, lanes.data());
        for (int product = 0; product < Products; ++product) {
          float* const partial =
              sums.data() + (product * partials + task / channel_blocks) * group_numel;
          for (std::int64_t o = 0; o < outputs(); ++o) {
            add_lanes(rows, lanes.data() + product * numel + o * rows * kLanes,
                      partial + o * depth + channel * volume);
          }
        }
      });
      for (int product = 0; product < Products; ++product) {
        float* const result = grad_weight[product] + group * group_numel;
        const float* const first = sums.data() + product * partials * group_numel;
        parallel_for(group_numel, kGrain, [&](std::int64_t begin, std::int64_t end) {
          std::memcpy(result + begin, first + begin,
                      static_cast<std::size_t>(end - begin) * sizeof(float));
          for (std::int64_t p = 1; p < partials; ++p) {
            map_serial(
                end - begin, result + begin, [](Vec a, Vec b) { return a + b; },
                static_cast<const float*>(result + begin), first + p * group_numel + begin);
          }
        });
      }
    }
  }
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

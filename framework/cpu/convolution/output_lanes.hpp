// Convolutions with an output channel in each lane of the vectors,
//   y[position, lanes] = bias[lanes] + Σ_k x[position + offset_k] · w[k, lanes]
// with k over channels and kernel positions. The pixels are broadcast from where they lie in the
// prepared images (direct_layout.hpp), so that nothing is packed but the weights. A tile of up to
// kTileRows neighbouring positions is summed in registers, and transposed when it is stored. Narrow
// planes leave no lanes empty.
#pragma once

#include "framework/cpu/convolution/data_phases.hpp"
#include "framework/cpu/convolution/image_products.hpp"
#include "framework/cpu/products/strips.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// The floats of the weights [rows, depth] packed by pack_lanes, with room that it may write.
constexpr std::int64_t lane_panels_numel(std::int64_t rows, std::int64_t depth) {
  return round_up(rows, kTileColumns) * depth + kTileColumns;
}

/// Packs weights [rows, depth] into panels [depth][kTileColumns], with zeros in lanes beyond
/// `rows`.
inline void pack_lanes(const float* weight, std::int64_t rows, std::int64_t depth, float* panels) {
  for (std::int64_t row = 0; row < rows; row += kTileColumns, panels += depth * kTileColumns) {
    for (std::int64_t lane = 0; lane < kTileColumns; lane += kLanes) {
      const std::int64_t count = smaller(kLanes, larger(0, rows - row - lane));
      transpose_rows(count, depth, weight + (row + lane) * depth, depth, panels + lane,
                     kTileColumns);
    }
  }
}

/// Packs the weights [O, C, K] of a group for a phase of the gradient of the data: panels of C with
/// a depth of O · K, the kernel positions reversed.
inline void pack_transposed_lanes(const ConvolutionShape& s, std::int64_t group,
                                  const DataPhase& phase, const float* weight, float* panels) {
  const std::int64_t out_channels = s.out_channels / s.groups;
  const std::int64_t in_channels = s.in_channels / s.groups;
  const std::int64_t volume = ConvolutionShape::volume(s.kernel);
  const Extents3& count = phase.kernel;
  const std::int64_t positions = ConvolutionShape::volume(count);
  // The place of each kernel position in the phase, or −1.
  const Scratch listed(2 * volume);
  std::int64_t* const places = listed.integers();
  for (std::int64_t k = 0; k < volume; ++k) {
    const Extents3 at{k / s.kernel[2] / s.kernel[1], k / s.kernel[2] % s.kernel[1],
                      k % s.kernel[2]};
    places[k] = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const std::int64_t distance = at[i] - phase.kernel_first[i];
      const bool in_phase = distance >= 0 && distance % phase.step[i] == 0;
      if (!in_phase) places[k] = -1;
      if (places[k] >= 0) {
        places[k] = places[k] * count[i] + count[i] - 1 - distance / phase.step[i];
      }
    }
  }
  const std::int64_t depth = out_channels * positions;
  for (std::int64_t o = 0; o < out_channels; ++o) {
    const float* const kernels = weight + (group * out_channels + o) * in_channels * volume;
    for (std::int64_t c = 0; c < round_up(in_channels, kTileColumns); c += kLanes) {
      float* const to = panels + c / kTileColumns * depth * kTileColumns + c % kTileColumns +
                        o * positions * kTileColumns;
      for_each_column(smaller(kLanes, larger(0, in_channels - c)), volume, kernels + c * volume,
                      volume, [&](std::int64_t k, Vec v) {
                        if (places[k] >= 0) store(to + places[k] * kTileColumns, v);
                      });
    }
  }
}

/// Where a tile goes: `lanes` channels from `channel` on, neighbouring positions from `first` on.
struct LanesResult {
  float* first;
  std::int64_t plane;
  const float* bias;  ///< of these channels, may be null
  std::int64_t lanes;
};

/// Adds the bias to a tile [rows][kTileColumns], transposes it and stores it.
inline void put_lanes_tile(std::int64_t rows, const float* tile, const LanesResult& to) {
  for (std::int64_t lane = 0; lane < to.lanes; lane += kLanes) {
    const std::int64_t count = smaller(kLanes, to.lanes - lane);
    const Vec offset = to.bias == nullptr ? Vec(0) : load_some(to.bias + lane, count);
    // Where vectors are short, a tile has more rows than a square.
    for (std::int64_t row = 0; row < rows; row += kLanes) {
      const std::int64_t height = smaller(kLanes, rows - row);
      Vec square[kLanes];
#pragma GCC unroll 16
      for (int r = 0; r < kLanes; ++r) {
        square[r] = r < height ? load(tile + (row + r) * kTileColumns + lane) + offset : Vec(0);
      }
      transpose_square(square);
      for (std::int64_t c = 0; c < count; ++c) {
        store_some(to.first + (lane + c) * to.plane + row, square[c], height);
      }
    }
  }
}

/// The part of the depth that is multiplied with all positions before the next one follows. Its
/// weights and pixels fit into the first-level cache.
inline constexpr std::int64_t kLanesBlock = kCascadeBlock / 2;

/// Images that are prepared, and the products of `rows` rows of weights with them.
struct LanesProduct {
  const DirectLayout& layout;
  std::int64_t width;        ///< of the output
  std::int64_t output_rows;  ///< in an image
  std::int64_t depth;
  const float* pixels;
  std::int64_t image_stride;
  std::int64_t images;
  Destination to;

  /// Computes kTileColumns channels, or the `lanes` first ones of them, from `row` on. Block after
  /// block of the depth is multiplied with all positions, so that the block's weights are in the
  /// first-level cache. The sums of blocks join a cascade.
  void multiply(std::int64_t row, std::int64_t lanes, const float* panel) const {
    const std::int64_t step = even_panel_rows(width);
    const std::int64_t blocks = divide_up(depth, kLanesBlock);
    const std::int64_t level_numel = cascade_levels(blocks) * kTileNumel;
    const Scratch levels(images * output_rows * divide_up(width, step) * level_numel);
    const float* const bias = to.epilogue.bias == nullptr ? nullptr : to.epilogue.bias + row;
    alignas(kVectorBytes) float tile[kTileNumel];
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t begin = block * kLanesBlock;
      const std::int64_t end = smaller(depth, begin + kLanesBlock);
      const bool last = block + 1 == blocks;
      float* level = levels.data();
      for (std::int64_t i = 0; i < images * output_rows; ++i) {
        const std::int64_t image = i / output_rows;
        const RowVector at = layout.row(i % output_rows);
        const float* const source = pixels + image * image_stride + at.source;
        float* const result = to.first + image * to.image_stride + row * to.plane + at.position;
        for (std::int64_t w = 0; w < width; w += step, level += level_numel) {
          const std::int64_t positions = smaller(step, width - w);
          with_rows(positions, [&]<int Rows>() {
            TileSums<Rows> sums;
            for (std::int64_t k = begin; k < end; ++k) {
              sums.add(source + w + layout.offsets()[k], 1, panel + k * kTileColumns);
            }
            sums.join(block, last, level);
            if (last) sums.store_to(tile);
          });
          if (last) put_lanes_tile(positions, tile, {result + w, to.plane, bias, lanes});
        }
      }
    }
  }
};

/// What multiply_directly computes, with weights in panels of pack_lanes.
template <int Products>
void multiply_lanes(const ImageColumns& images, std::int64_t batch, std::int64_t rows,
                    const float* const (&panels)[Products], const Destination (&to)[Products]) {
  // Floats of prepared images that stay in the second-level cache.
  constexpr std::int64_t kPreparedFloats = std::int64_t{1} << 17;
  const DirectLayout layout(images, true);
  const std::int64_t depth = images.depth();
  const std::int64_t width = images.column_extents[2];
  const std::int64_t numel = images.channels * images.channel_numel();
  const std::int64_t slots =
      larger(1, smaller(kPreparedFloats / numel, images_per_range(batch, layout.span())));
  parallel_for(batch, slots, [&](std::int64_t begin, std::int64_t end) {
    for (int product = 0; product < Products; ++product) {
      const DirectImages ready(images, product == 1, end - begin);
      Destination at = to[product];
      at.first += begin * at.image_stride;
      const LanesProduct all{layout,
                             width,
                             images.columns_per_image() / width,
                             depth,
                             ready.prepare(begin, end),
                             ready.stride(),
                             end - begin,
                             at};
      for (std::int64_t row = 0; row < rows; row += kTileColumns) {
        all.multiply(row, smaller(kTileColumns, rows - row), panels[product] + row * depth);
      }
      for (std::int64_t n = 0; n < end - begin; ++n) finish_image(at, rows, n);
    }
  });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

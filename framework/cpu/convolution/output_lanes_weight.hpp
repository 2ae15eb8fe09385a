// The gradient of a convolution's weights with an output channel in each lane of the vectors,
//   dw[c, k, lanes] = Σ over images and output positions of x[c, position + k] · dy[position,
//   lanes]
// A block of positions of dy is transposed, so that the channels of a position stand side by side.
// Each pixel of x is broadcast from where it lies. A tile of input channels and output channels is
// summed in registers along the positions, for one kernel position after the other.
//
// The images are divided into as many partial sums as the shape alone decides, and these are added
// in order at the end, so that the bits do not depend on the number of threads.
#pragma once

#include "framework/cpu/convolution/direct_layout.hpp"
#include "framework/cpu/products/strips.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// The products of one pass: dy with x for one product; for two, the gradient of the mean with x
/// and the gradient of the variance with x².
template <int Products>
class OutputLanesWeight {
 public:
  OutputLanesWeight(const ConvolutionShape& shape, const float* x,
                    const float* const (&grad_y)[Products], float* const (&grad_weight)[Products])
      : s_(as_one_row(shape)), x_(x), outputs_(s_.out_channels / s_.groups) {
    for (int product = 0; product < Products; ++product) {
      grad_y_[product] = grad_y[product];
      grad_weight_[product] = grad_weight[product];
    }
  }

  void run() const {
    for (std::int64_t group = 0; group < s_.groups; ++group) {
      for (int product = 0; product < Products; ++product) run_product(group, product);
    }
  }

 private:
  // Positions whose products a tile sums before it is stored. Their transposed gradients and, of a
  // panel of channels, the pixels of all kernel positions fit into the first-level cache.
  static constexpr std::int64_t kBlockPositions = kCascadeBlock;
  // Positions of images that are prepared at a time, and the most floats of their pixels, which
  // should stay in the second-level cache.
  static constexpr std::int64_t kPreparedPositions = 4 * kBlockPositions;
  static constexpr std::int64_t kPreparedFloats = std::int64_t{1} << 18;
  static constexpr std::int64_t kMostPartials = 16;
  static constexpr std::int64_t kMostPartialNumel = std::int64_t{1} << 20;

  // Positions of a row of the output, or a part of it.
  struct Piece {
    std::int64_t image;     // of those that are prepared
    std::int64_t position;  // in the output plane
    std::int64_t source;    // in the prepared image
    std::int64_t count;
  };

  // A 1 × 1 kernel with stride 1 and no padding sees the plane as one row.
  static ConvolutionShape as_one_row(ConvolutionShape s) {
    constexpr Extents3 kOne{1, 1, 1};
    if (s.kernel == kOne && s.stride == kOne && s.padding == Extents3{0, 0, 0}) {
      s.input = {1, 1, ConvolutionShape::volume(s.input)};
      s.output = s.input;
    }
    return s;
  }

  std::int64_t volume() const { return ConvolutionShape::volume(s_.kernel); }
  std::int64_t plane() const { return ConvolutionShape::volume(s_.output); }
  std::int64_t depth() const { return s_.in_channels / s_.groups * volume(); }
  std::int64_t lane_blocks() const { return divide_up(outputs_, kTileColumns); }

  // Images that are prepared at a time.
  std::int64_t slots_of(const ImageColumns& images) const {
    const std::int64_t numel = images.channels * images.channel_numel();
    return larger(1, smaller(kPreparedPositions / plane(), kPreparedFloats / numel));
  }

  void run_product(std::int64_t group, int product) const {
    const std::int64_t block_numel = depth() * kTileColumns;
    const std::int64_t numel = lane_blocks() * block_numel;
    const std::int64_t slots = slots_of(input_columns(s_, group, x_));
    const std::int64_t partials = larger(
        1, smaller(smaller(divide_up(s_.batch, slots), kMostPartials), kMostPartialNumel / numel));
    const std::int64_t images = divide_up(s_.batch, partials);
    // The blocks of lanes are divided among threads only: each task prepares the images again.
    const std::int64_t threads = num_threads();
    const std::int64_t tasks_per_partial =
        threads == 1 ? 1 : smaller(lane_blocks(), divide_up(2 * threads, partials));
    const std::int64_t blocks = divide_up(lane_blocks(), tasks_per_partial);
    const Scratch sums(partials * numel);
    parallel_for(partials * tasks_per_partial, 1, [&](std::int64_t task, std::int64_t) {
      const std::int64_t partial = task / tasks_per_partial;
      const std::int64_t begin = smaller(partial * images, s_.batch);
      const std::int64_t first = smaller(task % tasks_per_partial * blocks, lane_blocks());
      sum_images(group, product, {begin, smaller(begin + images, s_.batch)},
                 {first, smaller(first + blocks, lane_blocks())},
                 sums.data() + partial * numel + first * block_numel);
    });
    float* const result = grad_weight_[product] + group * outputs_ * depth();
    parallel_for(lane_blocks(), 1, [&](std::int64_t block, std::int64_t) {
      float* const total = sums.data() + block * block_numel;
      for (std::int64_t p = 1; p < partials; ++p) {
        map_serial(
            block_numel, total, [](Vec a, Vec b) { return a + b; },
            static_cast<const float*>(total), static_cast<const float*>(total + p * numel));
      }
      put_block(block, total, result);
    });
  }

  struct Range {
    std::int64_t begin;
    std::int64_t end;
  };

  // Stores the sums over images for blocks of lanes: [block][depth][kTileColumns].
  void sum_images(std::int64_t group, int product, Range images, Range blocks, float* sums) const {
    const ImageColumns columns = input_columns(s_, group, x_);
    const DirectLayout layout(columns, true);
    const std::int64_t slots = smaller(larger(1, images.end - images.begin), slots_of(columns));
    const DirectImages ready(columns, product == 1, slots);
    const std::int64_t numel = (blocks.end - blocks.begin) * depth() * kTileColumns;
    // Sums of kCascadeWidth blocks of positions, at least, are added one after the other.
    const std::int64_t per_chunk =
        larger(1, kCascadeWidth * kBlockPositions / (slots * plane())) * slots;
    const std::int64_t chunks = larger(1, divide_up(images.end - images.begin, per_chunk));
    const Scratch levels(cascade_levels(chunks) * numel);
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
      clear(numel, sums);
      const std::int64_t first = images.begin + chunk * per_chunk;
      const std::int64_t last = smaller(images.end, first + per_chunk);
      for (std::int64_t n = first; n < last; n += slots) {
        const std::int64_t end = smaller(last, n + slots);
        add_images(group, product, layout, {n, end}, ready.prepare(n, end), ready.stride(), blocks,
                   sums);
      }
      join_cascade(chunk, chunk + 1 == chunks, numel, sums, levels.data(), numel);
    }
  }

  // Adds the images that are prepared.
  void add_images(std::int64_t group, int product, const DirectLayout& layout, Range images,
                  const float* pixels, std::int64_t image_stride, Range blocks, float* sums) const {
    const std::int64_t width = s_.output[2];
    const std::int64_t rows = plane() / width;
    const Scratch transposed(kBlockPositions * kTileColumns);
    const Scratch listed(8 * (images.end - images.begin) * rows *
                         divide_up(width, kBlockPositions));
    Piece* const pieces = reinterpret_cast<Piece*>(listed.integers());
    std::int64_t count = 0;
    for (std::int64_t image = 0; image < images.end - images.begin; ++image) {
      for (std::int64_t r = 0; r < rows; ++r) {
        const RowVector row = layout.row(r);
        for (std::int64_t w = 0; w < width; w += kBlockPositions) {
          const Piece piece{image, row.position + w, image * image_stride + row.source + w,
                            smaller(kBlockPositions, width - w)};
          Piece* const last = pieces + count - 1;
          if (count > 0 && last->image == image && last->source + last->count == piece.source &&
              last->count + piece.count <= kBlockPositions) {
            last->count += piece.count;
          } else {
            pieces[count++] = piece;
          }
        }
      }
    }
    for (std::int64_t begin = 0; begin < count;) {
      std::int64_t end = begin;
      for (std::int64_t positions = 0;
           end < count && positions + pieces[end].count <= kBlockPositions; ++end) {
        positions += pieces[end].count;
      }
      for (std::int64_t block = blocks.begin; block < blocks.end; ++block) {
        transpose(group, product, images.begin, block, pieces + begin, pieces + end,
                  transposed.data());
        add_block(layout, outputs_ - block * kTileColumns, pixels, pieces + begin, pieces + end,
                  transposed.data(), sums + (block - blocks.begin) * depth() * kTileColumns);
      }
      begin = end;
    }
  }

  // The gradients of the pieces' positions, [position][kTileColumns].
  void transpose(std::int64_t group, int product, std::int64_t first_image, std::int64_t block,
                 const Piece* piece, const Piece* end, float* to) const {
    while (piece != end) {
      // The pieces of one image follow each other in the output plane.
      const Piece first = *piece;
      std::int64_t count = 0;
      for (; piece != end && piece->image == first.image; ++piece) count += piece->count;
      const std::int64_t channel = block * kTileColumns;
      const float* const from =
          grad_y_[product] +
          ((first_image + first.image) * s_.out_channels + group * outputs_ + channel) * plane() +
          first.position;
      for (std::int64_t c = 0; c < kTileColumns; c += kLanes) {
        const std::int64_t rows = smaller(kLanes, larger(0, outputs_ - channel - c));
        transpose_rows(rows, count, from + c * plane(), plane(), to + c, kTileColumns);
      }
      to += count * kTileColumns;
    }
  }

  // Adds the products of some pieces to the sums of one block, of which `lanes` have channels.
  void add_block(const DirectLayout& layout, std::int64_t lanes, const float* pixels,
                 const Piece* first, const Piece* end, const float* transposed, float* sums) const {
    const std::int64_t channels = s_.in_channels / s_.groups;
    const std::int64_t channel_stride =
        channels > 1 ? layout.offsets()[volume()] - layout.offsets()[0] : 0;
    const std::int64_t panel = even_panel_rows(channels);
    for (std::int64_t c = 0; c < channels; c += panel) {
      with_rows(smaller(panel, channels - c), [&]<int Rows>() {
        for (std::int64_t k = 0; k < volume(); ++k) {
          const std::int64_t row = c * volume() + k;
          float* const to = sums + row * kTileColumns;
          const std::int64_t stride = volume() * kTileColumns;
          if (lanes <= kLanes) {
            add_narrow<Rows>(pixels + layout.offsets()[row], channel_stride, first, end, transposed,
                             stride, to);
            continue;
          }
          TileSums<Rows> tile;
          const float* b = transposed;
          for (const Piece* piece = first; piece != end; ++piece) {
            tile.add_steps(piece->count, pixels + piece->source + layout.offsets()[row], 1,
                           channel_stride, b, kTileColumns);
            b += piece->count * kTileColumns;
          }
#pragma GCC unroll 12
          for (int r = 0; r < Rows; ++r) {
            for (int v = 0; v < 2; ++v) {
              float* const at = to + r * stride + v * kLanes;
              store(at, load(at) + tile.vector(r, v));
            }
          }
        }
      });
    }
  }

  // Adds the products of some pieces to Rows rows of sums, of which one vector has channels.
  template <int Rows>
  static void add_narrow(const float* pixels, std::int64_t channel_stride, const Piece* piece,
                         const Piece* end, const float* transposed, std::int64_t stride,
                         float* to) {
    Vec sums[Rows];
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) sums[r] = in_register(Vec(0));
    for (; piece != end; ++piece) {
      const float* a = pixels + piece->source;
      for (std::int64_t i = 0; i < piece->count; ++i, ++a, transposed += kTileColumns) {
        const Vec gradients = load(transposed);
#pragma GCC unroll 12
        for (int r = 0; r < Rows; ++r) sums[r] += Vec(a[r * channel_stride]) * gradients;
      }
    }
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) store(to + r * stride, load(to + r * stride) + sums[r]);
  }

  // Transposes the sums of a block of lanes into the rows of the result.
  void put_block(std::int64_t block, const float* sums, float* result) const {
    const std::int64_t first = block * kTileColumns;
    const std::int64_t lanes = smaller(kTileColumns, outputs_ - first);
    for (std::int64_t row = 0; row < depth(); row += kLanes) {
      const std::int64_t rows = smaller(kLanes, depth() - row);
      for_each_column(rows, lanes, sums + row * kTileColumns, kTileColumns,
                      [&](std::int64_t lane, Vec v) {
                        store_some(result + (first + lane) * depth() + row, v, rows);
                      });
    }
  }

  ConvolutionShape s_;
  const float* x_;
  std::int64_t outputs_;
  const float* grad_y_[Products];
  float* grad_weight_[Products];
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

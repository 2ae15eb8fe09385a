// The gradient of a convolution's weights: dW[o, k] = Σ over all columns of dy[o, column] · x[k,
// column], a product whose inner dimension is the long one: each block of dW is a set of dot
// products along the vector lanes. With stride 1 the images are read in place
// (direct_convolution.hpp); else their columns are laid out as rows, one per (channel, kernel
// position). The sum over the images is cut into a number of partial sums that the shape alone
// decides, added in order at the end, so that the bits do not depend on the number of threads.
#include "framework/cpu/direct_convolution.hpp"
#include "framework/cpu/families.hpp"
#include "framework/cpu/image_lanes.hpp"
#include "framework/cpu/linear.hpp"
#include "framework/cpu/loops.hpp"
#include "framework/cpu/winograd.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

constexpr std::int64_t kColumnsPerBlock = 256;
constexpr std::int64_t kRowsPerBlock = 192;
constexpr std::int64_t kMaxPartialSums = 16;
constexpr std::int64_t kMaxPartialNumel = std::int64_t{1} << 20;
constexpr int kBlockOutputs = 6;
#if defined(__AVX512F__)
constexpr int kBlockRows = 4;
#else
constexpr int kBlockRows = 2;
#endif
// Positions that one block of the direct form runs over before its lanes are summed.
constexpr std::int64_t kPositionsPerBlock = 1024;

// Rows of numbers: row o of part n begins at first + o · row + n · part.
struct Rows {
  const float* first;
  std::int64_t row;
  std::int64_t part;
};

// c[o][k] += Σ over all parts n and elements i < length of a[o][n][i] · b[offsets[k] + part n + i].
template <int Outputs, int Offsets>
void dot_block(std::int64_t parts, std::int64_t length, const Rows& a, const float* b,
               std::int64_t b_part, const std::int64_t* offsets, float* c, std::int64_t c_stride) {
  Vec sums[Outputs][Offsets];
#pragma GCC unroll 6
  for (int o = 0; o < Outputs; ++o) {
#pragma GCC unroll 4
    for (int k = 0; k < Offsets; ++k) sums[o][k] = Vec(0);
  }
  const auto add = [&](const float* left, const float* const(&right)[Offsets], auto read) {
    Vec x[Offsets];
#pragma GCC unroll 4
    for (int k = 0; k < Offsets; ++k) x[k] = read(right[k]);
#pragma GCC unroll 6
    for (int o = 0; o < Outputs; ++o) {
      const Vec factor = read(left + o * a.row);
#pragma GCC unroll 4
      for (int k = 0; k < Offsets; ++k) sums[o][k] += factor * x[k];
    }
  };
  for (std::int64_t n = 0; n < parts; ++n) {
    const float* left = a.first + n * a.part;
    const float* right[Offsets];
#pragma GCC unroll 4
    for (int k = 0; k < Offsets; ++k) right[k] = b + n * b_part + offsets[k];
    std::int64_t i = 0;
    for (; i + kLanes <= length; i += kLanes) {
      add(left, right, [](const float* p) { return load(p); });
      left += kLanes;
#pragma GCC unroll 4
      for (int k = 0; k < Offsets; ++k) right[k] += kLanes;
    }
    // What lies beyond may be anything, even not a number: it is not read.
    if (i < length) add(left, right, [&](const float* p) { return load_partial(p, length - i); });
  }
#pragma GCC unroll 6
  for (int o = 0; o < Outputs; ++o) {
#pragma GCC unroll 4
    for (int k = 0; k < Offsets; ++k) c[o * c_stride + k] += sum_lanes(sums[o][k]);
  }
}

// The same for any number of outputs and offsets.
template <int Outputs = kBlockOutputs>
void dot_rows(std::int64_t outputs, std::int64_t count, std::int64_t parts, std::int64_t length,
              const Rows& a, const float* b, std::int64_t b_part, const std::int64_t* offsets,
              float* c, std::int64_t c_stride) {
  if constexpr (Outputs > 0) {
    if (outputs < Outputs) {
      dot_rows<Outputs - 1>(outputs, count, parts, length, a, b, b_part, offsets, c, c_stride);
      return;
    }
    std::int64_t k = 0;
    for (; k + kBlockRows <= count; k += kBlockRows) {
      dot_block<Outputs, kBlockRows>(parts, length, a, b, b_part, offsets + k, c + k, c_stride);
    }
    for (; k < count; ++k) {
      dot_block<Outputs, 1>(parts, length, a, b, b_part, offsets + k, c + k, c_stride);
    }
    if (outputs > Outputs) {
      const Rows rest{a.first + Outputs * a.row, a.row, a.part};
      dot_rows<kBlockOutputs>(outputs - Outputs, count, parts, length, rest, b, b_part, offsets,
                              c + Outputs * c_stride, c_stride);
    }
  }
}

// The columns of some images as rows [rows][stride], zeros in what fills up the last vector.
void lay_out_columns(const StagedImages& staged, std::int64_t rows, std::int64_t columns,
                     std::int64_t stride, float* to) {
  for (std::int64_t column = 0; column < columns;) {
    std::int64_t run = 0;
    const float* start = staged.column_start(column, run);
    if (staged.step() == 1 && run >= kLanes / 2) {
      for (std::int64_t k = 0; k < rows; ++k) {
        const float* source = start + staged.offset(k);
        float* row = to + k * stride + column;
        // A vector may be written past the run: the next run, or the zeros at the end, overwrite
        // it.
        for (std::int64_t i = 0; i < run; i += kLanes) store(row + i, load(source + i));
      }
    } else {
      for (std::int64_t k = 0; k < rows; ++k) {
        const float* source = start + staged.offset(k);
        float* row = to + k * stride + column;
        for (std::int64_t i = 0; i < run; ++i) row[i] = source[i * staged.step()];
      }
    }
    column += run;
  }
  for (std::int64_t k = 0; k < rows; ++k) {
    for (std::int64_t i = columns; i < round_up(columns, kLanes); ++i) to[k * stride + i] = 0;
  }
}

// The gradients of some images as rows [channels][stride], likewise.
void lay_out_gradient(const ConvolutionShape& s, const float* grad_y, std::int64_t channel,
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

// The gradients of some images in the positions of a DirectPlan, [channels][images][stride]. What
// lies between the output's rows is left alone.
void spread_gradient(const ConvolutionShape& s, const DirectPlan& plan, const float* grad_y,
                     std::int64_t channel, std::int64_t channels, std::int64_t begin,
                     std::int64_t end, std::int64_t stride, float* to) {
  const Extents3& e = plan.extents();
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

// The products of one pass: with dy of the plain convolution, or with dmean and, on squared inputs,
// dvariance.
template <int Products>
struct WeightGradient {
  const ConvolutionShape& shape;
  const float* x;
  const float* grad_y[Products];
  float* grad_weight[Products];

  std::int64_t outputs() const { return shape.out_channels / shape.groups; }

  // Adds images [begin, end) of a group to its weights of input channels [channel, channel +
  // channels), for any stride. `to` are the group's weights.
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
      dot_rows(outputs(), rows, 1, length, {y_rows, stride, 0}, x_rows, 0, row_offsets.integers(),
               to[product] + channel * volume, images.depth());
    }
  }

  // The same for stride 1, over as many images at a time as make a long sum.
  void add_directly(std::int64_t group, std::int64_t begin, std::int64_t end, std::int64_t channel,
                    std::int64_t channels, float* const (&to)[Products]) const {
    const ImageColumns images = input_columns(shape, group, x).part(channel, channels);
    const std::int64_t depth = shape.weight_numel() / shape.out_channels;
    const DirectPlan plan(images);
    const std::int64_t stride = round_up(plan.span(), kLanes);
    const std::int64_t slots = smaller(end - begin, larger(1, kPositionsPerBlock / stride));
    const Scratch spread(outputs() * slots * stride);
    std::memset(spread.data(), 0,
                static_cast<std::size_t>(outputs() * slots * stride) * sizeof(float));
    for (int product = 0; product < Products; ++product) {
      const DirectImages ready(images, product == 1, slots);
      for (std::int64_t n = begin; n < end; n += slots) {
        const std::int64_t parts = smaller(slots, end - n);
        spread_gradient(shape, plan, grad_y[product], group * outputs(), outputs(), n, n + parts,
                        stride, spread.data());
        dot_rows(outputs(), images.depth(), parts, plan.span(),
                 {spread.data(), parts * stride, stride}, ready.prepare(n, n + parts),
                 ready.stride(), plan.offsets(),
                 to[product] + channel * ConvolutionShape::volume(shape.kernel), depth);
      }
    }
  }

  void run() const {
    const std::int64_t in_channels = shape.in_channels / shape.groups;
    const std::int64_t volume = ConvolutionShape::volume(shape.kernel);
    const std::int64_t plane = ConvolutionShape::volume(shape.output);
    const std::int64_t group_numel = shape.weight_numel() / shape.groups;
    const std::int64_t channels_per_block = larger(1, kRowsPerBlock / volume);
    const std::int64_t channel_blocks = (in_channels + channels_per_block - 1) / channels_per_block;
    const std::int64_t images_per_block = larger(1, kColumnsPerBlock / plane);
    const bool direct = DirectPlan::suits(input_columns(shape, 0, x));
    const std::int64_t image_blocks = (shape.batch + images_per_block - 1) / images_per_block;
    const std::int64_t partials =
        smaller(smaller(image_blocks, kMaxPartialSums), larger(1, kMaxPartialNumel / group_numel));
    const std::int64_t blocks_per_partial = (image_blocks + partials - 1) / partials;
    const Scratch sums(Products * partials * group_numel);
    for (std::int64_t group = 0; group < shape.groups; ++group) {
      std::memset(sums.data(), 0,
                  static_cast<std::size_t>(Products * partials * group_numel) * sizeof(float));
      parallel_for(partials * channel_blocks, 1, [&](std::int64_t task, std::int64_t) {
        const std::int64_t partial = task / channel_blocks;
        const std::int64_t channel = task % channel_blocks * channels_per_block;
        const std::int64_t channels = smaller(channels_per_block, in_channels - channel);
        float* to[Products];
        for (int product = 0; product < Products; ++product) {
          to[product] = sums.data() + (product * partials + partial) * group_numel;
        }
        if (direct) {
          const std::int64_t images = blocks_per_partial * images_per_block;
          const std::int64_t begin = smaller(partial * images, shape.batch);
          add_directly(group, begin, smaller(begin + images, shape.batch), channel, channels, to);
          return;
        }
        for (std::int64_t i = 0; i < blocks_per_partial; ++i) {
          const std::int64_t begin = (partial * blocks_per_partial + i) * images_per_block;
          const std::int64_t end = smaller(shape.batch, begin + images_per_block);
          if (begin < end) add(group, begin, end, channel, channels, to);
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

void backward_weight(const ConvolutionShape& s, const float* x, const float* grad_y,
                     float* grad_weight) {
  if (is_linear(s)) {
    linear_backward_weight(s, x, grad_y, grad_weight);
    return;
  }
  if (const int tile = winograd_tile(s, false); tile != 0) {
    winograd_backward_weight(s, tile, x, grad_y, grad_weight);
    return;
  }
  if (lanes_suit_weight(s)) {
    lanes_backward_weight(s, x, grad_y, grad_weight);
    return;
  }
  WeightGradient<1>{s, x, {grad_y}, {grad_weight}}.run();
}

void moments_backward_weight(const ConvolutionShape& s, const float* x, const float* grad_mean,
                             const float* grad_variance, float* grad_weight_mean,
                             float* grad_weight_variance) {
  if (is_linear(s)) {
    linear_moments_backward_weight(s, x, grad_mean, grad_variance, grad_weight_mean,
                                   grad_weight_variance);
    return;
  }
  if (const int tile = winograd_tile(s, false); tile != 0) {
    winograd_moments_backward_weight(s, tile, x, grad_mean, grad_variance, grad_weight_mean,
                                     grad_weight_variance);
    return;
  }
  if (lanes_suit_weight(s)) {
    lanes_moments_backward_weight(s, x, grad_mean, grad_variance, grad_weight_mean,
                                  grad_weight_variance);
    return;
  }
  WeightGradient<2>{s, x, {grad_mean, grad_variance}, {grad_weight_mean, grad_weight_variance}}
      .run();
}

}  // namespace

void list_convolution_weight(Kernels<float>& table) {
  table.convolution_backward_weight = &backward_weight;
  table.moments_backward_weight = &moments_backward_weight;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

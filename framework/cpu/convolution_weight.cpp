// The gradient of a convolution's weights: dW[o, k] = Σ over all columns of dy[o, column] · x[k,
// column], a product whose inner dimension is the long one. The images' columns are laid out as
// rows, one per (channel, kernel position), and each block of dW is a set of dot products along the
// vector lanes. The sum over the images is cut into a number of partial sums that the shape alone
// decides, added in order at the end, so that the bits do not depend on the number of threads.
#include "framework/cpu/families.hpp"
#include "framework/cpu/image_columns.hpp"
#include "framework/cpu/loops.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

constexpr std::int64_t kColumnsPerBlock = 256;
constexpr std::int64_t kRowsPerBlock = 192;
constexpr std::int64_t kMaxPartialSums = 16;
constexpr std::int64_t kMaxPartialNumel = std::int64_t{1} << 20;
constexpr int kBlockOutputs = 6;
constexpr int kBlockRows = 2;

// c[o][k] += Σ_i a[o][i] · b[k][i] for Outputs × Rows dot products of `length` elements, whole
// vectors.
template <int Outputs, int Rows>
void dot_block(std::int64_t length, const float* a, std::int64_t a_stride, const float* b,
               std::int64_t b_stride, float* c, std::int64_t c_stride) {
  Vec sums[Outputs][Rows];
#pragma GCC unroll 6
  for (int o = 0; o < Outputs; ++o) {
#pragma GCC unroll 2
    for (int k = 0; k < Rows; ++k) sums[o][k] = Vec(0);
  }
  for (std::int64_t i = 0; i < length; i += kLanes) {
    Vec right[Rows];
#pragma GCC unroll 2
    for (int k = 0; k < Rows; ++k) right[k] = load(b + k * b_stride + i);
#pragma GCC unroll 6
    for (int o = 0; o < Outputs; ++o) {
      const Vec left = load(a + o * a_stride + i);
#pragma GCC unroll 2
      for (int k = 0; k < Rows; ++k) sums[o][k] += left * right[k];
    }
  }
#pragma GCC unroll 6
  for (int o = 0; o < Outputs; ++o) {
#pragma GCC unroll 2
    for (int k = 0; k < Rows; ++k) c[o * c_stride + k] += sum_lanes(sums[o][k]);
  }
}

template <int Outputs = kBlockOutputs>
void dot_rows(std::int64_t outputs, std::int64_t rows, std::int64_t length, const float* a,
              std::int64_t a_stride, const float* b, std::int64_t b_stride, float* c,
              std::int64_t c_stride) {
  if constexpr (Outputs > 0) {
    if (outputs != Outputs) {
      dot_rows<Outputs - 1>(outputs, rows, length, a, a_stride, b, b_stride, c, c_stride);
      return;
    }
    std::int64_t k = 0;
    for (; k + kBlockRows <= rows; k += kBlockRows) {
      dot_block<Outputs, kBlockRows>(length, a, a_stride, b + k * b_stride, b_stride, c + k,
                                     c_stride);
    }
    for (; k < rows; ++k) {
      dot_block<Outputs, 1>(length, a, a_stride, b + k * b_stride, b_stride, c + k, c_stride);
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
      const float* source = grad_y + (n * s.out_channels + channel + c) * plane;
      for (std::int64_t i = 0; i < plane; ++i) row[i] = source[i];
    }
    for (std::int64_t i = columns; i < round_up(columns, kLanes); ++i) to[c * stride + i] = 0;
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
  // channels). `to` are the group's weights.
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
      for (std::int64_t o = 0; o < outputs(); o += kBlockOutputs) {
        dot_rows(smaller(kBlockOutputs, outputs() - o), rows, length, y_rows + o * stride, stride,
                 x_rows, stride, to[product] + o * images.depth() + channel * volume,
                 images.depth());
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
  WeightGradient<1>{s, x, {grad_y}, {grad_weight}}.run();
}

void moments_backward_weight(const ConvolutionShape& s, const float* x, const float* grad_mean,
                             const float* grad_variance, float* grad_weight_mean,
                             float* grad_weight_variance) {
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

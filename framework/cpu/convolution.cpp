// Convolution of one, two or three dimensions as a matrix product: weights [O, C·K] times the
// images' columns [C·K, N·P] (implicit GEMM). The gradient of the input is the same product with
// the transposed, flipped weights and the output's gradient as images. The gradient of the weights
// stands in convolution_weight.cpp.
#include "framework/cpu/families.hpp"
#include "framework/cpu/image_columns.hpp"
#include "framework/cpu/loops.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

constexpr std::int64_t kColumnsPerRange = 128;

// Where the product's tiles go: row r, column c of `images` at image · image_stride + r · plane +
// position.
struct Destination {
  float* first;
  std::int64_t image_stride;
  std::int64_t plane;
  const float* bias;  // one per row; may be null
};

void put_tile(const Destination& to, const Tile& tile, const float* values) {
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
        const Vec offset(to.bias == nullptr ? 0.0F : to.bias[tile.row + r]);
        map_serial(
            count, row, [&](Vec a) { return a + offset; }, sums);
      }
    }
    c += count;
  }
}

// Multiplies `rows` packed rows with the columns of all images.
template <int Products>
void multiply_images(const ImageColumns& images, std::int64_t batch, std::int64_t rows,
                     const float* const (&packed)[Products], const Destination (&to)[Products]) {
  const std::int64_t per_image = images.columns_per_image();
  const std::int64_t images_per_range = larger(1, kColumnsPerRange / per_image);
  parallel_for(batch, images_per_range, [&](std::int64_t begin, std::int64_t end) {
    const StagedImages staged(images, begin, end, 0, images.channels);
    const std::int64_t columns = (end - begin) * per_image;
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
              put_tile(at, tile, values[product]);
            }
          });
    }
  });
}

Destination output_of(const ConvolutionShape& s, std::int64_t group, float* y, const float* bias) {
  const std::int64_t rows = s.out_channels / s.groups;
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  return {y + group * rows * plane, s.out_channels * plane, plane,
          bias == nullptr ? nullptr : bias + group * rows};
}

void forward(const ConvolutionShape& s, const float* x, const float* weight, const float* bias,
             float* y) {
  const std::int64_t rows = s.out_channels / s.groups;
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images = input_columns(s, group, x);
    const std::int64_t depth = images.depth();
    const Scratch packed(rows * depth);
    pack_rows({weight + group * rows * depth, depth, 1}, rows, depth, packed.data());
    multiply_images<1>(images, s.batch, rows, {packed.data()}, {output_of(s, group, y, bias)});
  }
}

void moments_forward(const ConvolutionShape& s, const float* x, const float* weight_mean,
                     const float* weight_variance, const float* bias, float* mean,
                     float* variance) {
  const std::int64_t rows = s.out_channels / s.groups;
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images = input_columns(s, group, x);
    const std::int64_t depth = images.depth();
    const Scratch packed(2 * rows * depth);
    float* const packed_variance = packed.data() + rows * depth;
    pack_rows({weight_mean + group * rows * depth, depth, 1}, rows, depth, packed.data());
    pack_rows({weight_variance + group * rows * depth, depth, 1}, rows, depth, packed_variance);
    multiply_images<2>(images, s.batch, rows, {packed.data(), packed_variance},
                       {output_of(s, group, mean, bias), output_of(s, group, variance, nullptr)});
  }
}

// The weights [O, C, K] of a group as [C, O · K] with the kernel positions reversed, packed.
void pack_transposed(std::int64_t out_channels, std::int64_t in_channels, std::int64_t volume,
                     const float* weight, float* packed) {
  const Scratch transposed(out_channels * in_channels * volume);
  float* next = transposed.data();
  for (std::int64_t c = 0; c < in_channels; ++c) {
    for (std::int64_t o = 0; o < out_channels; ++o) {
      const float* kernel = weight + (o * in_channels + c) * volume;
      for (std::int64_t k = volume - 1; k >= 0; --k) *next++ = kernel[k];
    }
  }
  const std::int64_t depth = out_channels * volume;
  pack_rows({transposed.data(), depth, 1}, in_channels, depth, packed);
}

void backward_data(const ConvolutionShape& s, const float* grad_y, const float* weight,
                   float* grad_x) {
  const std::int64_t rows = s.in_channels / s.groups;
  const std::int64_t plane = ConvolutionShape::volume(s.input);
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images = output_columns(s, group, grad_y);
    const std::int64_t depth = images.depth();
    const Scratch packed(rows * depth);
    pack_transposed(images.channels, rows, ConvolutionShape::volume(s.kernel),
                    weight + group * rows * depth, packed.data());
    multiply_images<1>(
        images, s.batch, rows, {packed.data()},
        {Destination{grad_x + group * rows * plane, s.in_channels * plane, plane, nullptr}});
  }
}

void moments_backward_data(const ConvolutionShape& s, const float* x, const float* weight_mean,
                           const float* weight_variance, const float* grad_mean,
                           const float* grad_variance, float* grad_x) {
  const Scratch second(s.input_numel());
  backward_data(s, grad_mean, weight_mean, grad_x);
  backward_data(s, grad_variance, weight_variance, second.data());
  map(
      s.input_numel(), grad_x,
      [](Vec g, Vec x_value, Vec v) { return g + (x_value + x_value) * v; }, grad_x, x,
      static_cast<const float*>(second.data()));
}

void backward_bias(const ConvolutionShape& s, const float* grad_y, float* grad_bias) {
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  if (plane == 1) {
    std::memset(grad_bias, 0, static_cast<std::size_t>(s.out_channels) * sizeof(float));
    for (std::int64_t n = 0; n < s.batch; ++n) {
      map_serial(
          s.out_channels, grad_bias, [](Vec a, Vec b) { return a + b; }, grad_bias,
          grad_y + n * s.out_channels);
    }
    return;
  }
  parallel_for(s.out_channels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t channel = begin; channel < end; ++channel) {
      float total = 0;
      for (std::int64_t n = 0; n < s.batch; ++n) {
        total += sum_contiguous(grad_y + (n * s.out_channels + channel) * plane, plane);
      }
      grad_bias[channel] = total;
    }
  });
}

}  // namespace

void list_convolution(Kernels<float>& table) {
  table.convolution_forward = &forward;
  table.convolution_backward_data = &backward_data;
  table.convolution_backward_bias = &backward_bias;
  table.moments_forward = &moments_forward;
  table.moments_backward_data = &moments_backward_data;
  list_convolution_weight(table);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

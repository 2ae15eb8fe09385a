// Convolution of one, two or three dimensions as a matrix product: weights [O, C·K] times the
// images' columns [C·K, N·P] (implicit GEMM). The gradient of the input is the same product with
// the transposed, flipped weights and the output's gradient as images. With stride 1 the columns
// are read straight from the images (direct_convolution.hpp), else they are packed in panels; 3 × 3
// kernels with many channels (winograd.hpp) and small images (image_lanes.hpp) go ways of their
// own. The
// gradient of the weights stands in convolution_weight.cpp.
#include "framework/cpu/direct_convolution.hpp"
#include "framework/cpu/epilogue.hpp"
#include "framework/cpu/families.hpp"
#include "framework/cpu/image_lanes.hpp"
#include "framework/cpu/linear.hpp"
#include "framework/cpu/loops.hpp"
#include "framework/cpu/noise.hpp"
#include "framework/cpu/winograd.hpp"
#include "framework/ops/formulas.hpp"

#include <utility>

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

constexpr std::int64_t kColumnsPerRange = 128;
// Multiply-adds that pay for waking a thread.
constexpr std::int64_t kWorkPerRange = std::int64_t{1} << 19;

// Where the product's tiles go: row r, column c of `images` at image · image_stride + r · plane +
// position.
struct Destination {
  float* first;
  std::int64_t image_stride;
  std::int64_t plane;
  Epilogue<float> epilogue;  // the channels are the product's rows
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
        const Vec offset = bias_of(to.epilogue, tile.row + r);
        map_serial(
            count, row, [&](Vec a) { return a + offset; }, sums);
      }
    }
    c += count;
  }
}

// What follows once `rows` rows of image n are complete.
void finish_image(const Destination& to, std::int64_t rows, std::int64_t n) {
  activate_all(to.epilogue.activation, rows * to.plane, to.first + n * to.image_stride);
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
    for (const Destination& destination : to) {
      for (std::int64_t n = begin; n < end; ++n) finish_image(destination, rows, n);
    }
  });
}

// The direct form of the same, for one product or two that share their shape. With `squared` the
// second one meets the squares of its pixels. put(image, row, run, values of each product) stores,
// finish(image) is called when all of an image is stored.
template <int Products, class Put, class Finish>
void multiply_directly(const ImageColumns (&images)[Products], bool squared, std::int64_t batch,
                       std::int64_t rows, const float* const (&packed)[Products], Put put,
                       Finish finish) {
  const DirectPlan plan(images[0]);
  const std::int64_t depth = images[0].depth();
  const std::int64_t images_per_range = larger(1, kWorkPerRange / (rows * depth * plan.span()));
  parallel_for(batch, images_per_range, [&](std::int64_t begin, std::int64_t end) {
    [&]<int... P>(std::integer_sequence<int, P...>) {
      const DirectImages ready[] = {DirectImages(images[P], squared && P == 1, 1)...};
      for (std::int64_t n = begin; n < end; ++n) {
        multiply_direct<Products>(
            plan, rows, depth, packed, {ready[P].prepare(n, n + 1)...},
            [&](std::int64_t row, const ColumnRun& run, const float* const(&values)[Products]) {
              put(n, row, run, values);
            });
        finish(n);
      }
    }
    (std::make_integer_sequence<int, Products>{});
  });
}

Destination output_of(const ConvolutionShape& s, std::int64_t group, float* y,
                      const Epilogue<float>& epilogue) {
  const std::int64_t rows = s.out_channels / s.groups;
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  return {y + group * rows * plane,
          s.out_channels * plane,
          plane,
          {epilogue.bias == nullptr ? nullptr : epilogue.bias + group * rows, epilogue.activation}};
}

Destination input_of(const ConvolutionShape& s, std::int64_t group, float* x) {
  const std::int64_t plane = ConvolutionShape::volume(s.input);
  return {x + group * (s.in_channels / s.groups) * plane, s.in_channels * plane, plane, {}};
}

// Where a run of row `row` of image n goes.
float* at(const Destination& to, std::int64_t n, std::int64_t row, const ColumnRun& run) {
  return to.first + n * to.image_stride + row * to.plane + run.position;
}

void put_run(const Destination& to, std::int64_t n, std::int64_t row, const ColumnRun& run,
             const float* values) {
  const Vec offset = bias_of(to.epilogue, row);
  map_serial(
      run.count, at(to, n, row, run), [&](Vec a) { return a + offset; }, values);
}

void forward(const ConvolutionShape& s, const float* x, const float* weight,
             const Epilogue<float>& epilogue, float* y) {
  if (is_linear(s)) {
    linear_forward(s, x, weight, epilogue, y);
    return;
  }
  if (const int tile = winograd_tile(s, false); tile != 0) {
    winograd_forward(s, tile, x, weight, epilogue, y);
    return;
  }
  if (lanes_suit(s, false)) {
    lanes_forward(s, x, weight, epilogue, y);
    return;
  }
  const std::int64_t rows = s.out_channels / s.groups;
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images = input_columns(s, group, x);
    const std::int64_t depth = images.depth();
    const bool direct = DirectPlan::suits(images);
    const Destination to = output_of(s, group, y, epilogue);
    const Scratch packed(rows * depth);
    pack_rows({weight + group * rows * depth, depth, 1}, rows, depth, packed.data(),
              direct ? direct_panel_rows(rows) : kTileRows);
    if (direct) {
      multiply_directly<1>(
          {images}, false, s.batch, rows, {packed.data()},
          [&](std::int64_t n, std::int64_t row, const ColumnRun& run,
              const float* const(&values)[1]) { put_run(to, n, row, run, values[0]); },
          [&](std::int64_t n) { finish_image(to, rows, n); });
    } else {
      multiply_images<1>(images, s.batch, rows, {packed.data()}, {to});
    }
  }
}

void moments_forward(const ConvolutionShape& s, const float* x, const float* weight_mean,
                     const float* weight_variance, const float* bias, float* mean,
                     float* variance) {
  if (is_linear(s)) {
    linear_moments_forward(s, x, weight_mean, weight_variance, bias, mean, variance);
    return;
  }
  if (const int tile = winograd_tile(s, false); tile != 0) {
    winograd_moments_forward(s, tile, x, weight_mean, weight_variance, bias, mean, variance);
    return;
  }
  if (lanes_suit(s, false)) {
    lanes_moments_forward(s, x, weight_mean, weight_variance, bias, mean, variance);
    return;
  }
  const std::int64_t rows = s.out_channels / s.groups;
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images = input_columns(s, group, x);
    const std::int64_t depth = images.depth();
    const bool direct = DirectPlan::suits(images);
    const std::int64_t panel_rows = direct ? direct_panel_rows(rows) : kTileRows;
    const Scratch packed(2 * rows * depth);
    const float* const factors[2] = {packed.data(), packed.data() + rows * depth};
    const Destination to[2] = {output_of(s, group, mean, {bias}),
                               output_of(s, group, variance, {})};
    pack_rows({weight_mean + group * rows * depth, depth, 1}, rows, depth, packed.data(),
              panel_rows);
    pack_rows({weight_variance + group * rows * depth, depth, 1}, rows, depth,
              packed.data() + rows * depth, panel_rows);
    if (direct) {
      multiply_directly<2>(
          {images, images}, true, s.batch, rows, factors,
          [&](std::int64_t n, std::int64_t row, const ColumnRun& run,
              const float* const(&values)[2]) {
            put_run(to[0], n, row, run, values[0]);
            put_run(to[1], n, row, run, values[1]);
          },
          [](std::int64_t) {});
    } else {
      multiply_images<2>(images, s.batch, rows, factors, to);
    }
  }
}

void random_forward(const ConvolutionShape& s, const OutputNoise& noise, const float* x,
                    const float* weight_mean, const float* weight_variance, const float* bias,
                    float* y, float* slope) {
  moments_forward(s, x, weight_mean, weight_variance, bias, y, slope);
  add_noise_forward(noise, s.output_numel(), y, slope);
}

void backward_data_packed(const ConvolutionShape& s, std::int64_t group, const float* grad_y,
                          const float* weight, float* grad_x) {
  const std::int64_t rows = s.in_channels / s.groups;
  const ImageColumns images = output_columns(s, group, grad_y);
  const Scratch packed(rows * images.depth());
  pack_transposed(s, group, weight, kTileRows, packed.data());
  multiply_images<1>(images, s.batch, rows, {packed.data()}, {input_of(s, group, grad_x)});
}

void backward_data(const ConvolutionShape& s, const float* grad_y, const float* weight,
                   float* grad_x) {
  if (is_linear(s)) {
    linear_backward_data(s, grad_y, weight, grad_x);
    return;
  }
  if (const int tile = winograd_tile(s, true); tile != 0) {
    winograd_backward_data(s, tile, grad_y, weight, grad_x);
    return;
  }
  if (lanes_suit(s, true)) {
    lanes_backward_data(s, grad_y, weight, grad_x);
    return;
  }
  const std::int64_t rows = s.in_channels / s.groups;
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images = output_columns(s, group, grad_y);
    if (!DirectPlan::suits(images)) {
      backward_data_packed(s, group, grad_y, weight, grad_x);
      continue;
    }
    const Scratch packed(rows * images.depth());
    pack_transposed(s, group, weight, direct_panel_rows(rows), packed.data());
    const Destination to = input_of(s, group, grad_x);
    multiply_directly<1>(
        {images}, false, s.batch, rows, {packed.data()},
        [&](std::int64_t n, std::int64_t row, const ColumnRun& run,
            const float* const(&values)[1]) { put_run(to, n, row, run, values[0]); },
        [](std::int64_t) {});
  }
}

void moments_backward_data_packed(const ConvolutionShape& s, const float* x,
                                  const float* weight_mean, const float* weight_variance,
                                  const float* grad_mean, const float* grad_variance,
                                  float* grad_x) {
  const Scratch second(s.input_numel());
  for (std::int64_t group = 0; group < s.groups; ++group) {
    backward_data_packed(s, group, grad_mean, weight_mean, grad_x);
    backward_data_packed(s, group, grad_variance, weight_variance, second.data());
  }
  map(s.input_numel(), grad_x, formulas::MomentsGradient{}, grad_x,
      static_cast<const float*>(second.data()), x);
}

void moments_backward_data(const ConvolutionShape& s, const float* x, const float* weight_mean,
                           const float* weight_variance, const float* grad_mean,
                           const float* grad_variance, float* grad_x) {
  if (is_linear(s)) {
    linear_moments_backward_data(s, x, weight_mean, weight_variance, grad_mean, grad_variance,
                                 grad_x);
    return;
  }
  if (const int tile = winograd_tile(s, true); tile != 0) {
    winograd_moments_backward_data(s, tile, x, weight_mean, weight_variance, grad_mean,
                                   grad_variance, grad_x);
    return;
  }
  if (lanes_suit(s, true)) {
    lanes_moments_backward_data(s, x, weight_mean, weight_variance, grad_mean, grad_variance,
                                grad_x);
    return;
  }
  if (!DirectPlan::suits(output_columns(s, 0, grad_mean))) {
    moments_backward_data_packed(s, x, weight_mean, weight_variance, grad_mean, grad_variance,
                                 grad_x);
    return;
  }
  const std::int64_t rows = s.in_channels / s.groups;
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images[2] = {output_columns(s, group, grad_mean),
                                    output_columns(s, group, grad_variance)};
    const std::int64_t numel = rows * images[0].depth();
    const Scratch packed(2 * numel);
    pack_transposed(s, group, weight_mean, direct_panel_rows(rows), packed.data());
    pack_transposed(s, group, weight_variance, direct_panel_rows(rows), packed.data() + numel);
    const Destination to = input_of(s, group, grad_x);
    multiply_directly<2>(
        images, false, s.batch, rows, {packed.data(), packed.data() + numel},
        [&](std::int64_t n, std::int64_t row, const ColumnRun& run,
            const float* const(&values)[2]) {
          float* const target = at(to, n, row, run);
          map_serial(run.count, target, formulas::MomentsGradient{}, values[0], values[1],
                     x + (target - grad_x));
        },
        [](std::int64_t) {});
  }
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
  table.random_convolution_forward = &random_forward;
  table.moments_backward_data = &moments_backward_data;
  list_convolution_weight(table);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

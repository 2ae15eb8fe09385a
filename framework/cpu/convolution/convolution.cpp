// Convolution of one, two or three dimensions as a matrix product: weights [O, C·K] times the
// images' columns [C·K, N·P] (implicit GEMM). The gradient of the input is the same product with
// the transposed, flipped weights and the output's gradient as images. With stride 1 the columns
// are read straight from the images (direct_convolution.hpp), else they are packed in panels; 3 × 3
// kernels with many channels (winograd.hpp) and small images (image_lanes.hpp) go ways of their
// own. The gradient of the weights stands in convolution_weight.cpp.
#include "framework/cpu/convolution/empty_convolution.hpp"
#include "framework/cpu/convolution/image_lanes.hpp"
#include "framework/cpu/convolution/image_products.hpp"
#include "framework/cpu/convolution/winograd.hpp"
#include "framework/cpu/families.hpp"
#include "framework/cpu/noise.hpp"
#include "framework/cpu/products/linear.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

void forward(const ConvolutionShape& s, const float* x, const float* weight,
             const Epilogue<float>& epilogue, float* y) {
  if (s.empty()) {
    empty_forward(s, epilogue, y);
    return;
  }
  if (is_linear(s)) {
    linear_forward(s, x, weight, epilogue, y);
    return;
  }
  if (const int tile = winograd_tile(s, false);
      tile != 0 && winograd_forward(s, tile, x, weight, epilogue, y)) {
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
      multiply_directly<1>(images, s.batch, rows, {packed.data()}, {to});
    } else {
      multiply_images<1>(images, s.batch, rows, {packed.data()}, {to});
    }
  }
}

void moments_forward(const ConvolutionShape& s, const float* x, const float* weight_mean,
                     const float* weight_variance, const float* bias, float* mean,
                     float* variance) {
  if (s.empty()) {
    empty_forward(s, {bias}, mean);
    clear(s.output_numel(), variance);
    return;
  }
  if (is_linear(s)) {
    linear_moments_forward(s, x, weight_mean, weight_variance, bias, mean, variance);
    return;
  }
  if (const int tile = winograd_tile(s, false);
      tile != 0 &&
      winograd_moments_forward(s, tile, x, weight_mean, weight_variance, bias, mean, variance)) {
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
      multiply_directly<2>(images, s.batch, rows, factors, to);
    } else {
      multiply_images<2>(images, s.batch, rows, factors, to);
    }
  }
}

void random_forward(const ConvolutionShape& s, const OutputNoise& noise, const float* x,
                    const float* weight_mean, const float* weight_variance, const float* bias,
                    float* y, float* kept) {
  moments_forward(s, x, weight_mean, weight_variance, bias, y, kept);
  add_noise_forward(noise, s.output_numel(), y, kept);
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
  if (s.empty()) {
    clear(s.input_numel(), grad_x);
    return;
  }
  if (is_linear(s)) {
    linear_backward_data(s, grad_y, weight, grad_x);
    return;
  }
  if (const int tile = winograd_tile(s, true);
      tile != 0 && winograd_backward_data(s, tile, grad_y, weight, grad_x)) {
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
    multiply_directly<1>(images, s.batch, rows, {packed.data()}, {input_of(s, group, grad_x)});
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
  if (s.empty()) {
    clear(s.input_numel(), grad_x);
    return;
  }
  if (is_linear(s)) {
    linear_moments_backward_data(s, x, weight_mean, weight_variance, grad_mean, grad_variance,
                                 grad_x);
    return;
  }
  if (const int tile = winograd_tile(s, true);
      tile != 0 && winograd_moments_backward_data(s, tile, x, weight_mean, weight_variance,
                                                  grad_mean, grad_variance, grad_x)) {
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
    const ImageColumns mean = output_columns(s, group, grad_mean);
    const ImageColumns variance = output_columns(s, group, grad_variance);
    const std::int64_t depth = mean.depth();
    const Scratch packed(2 * rows * depth);
    float* const factors[2] = {packed.data(), packed.data() + rows * depth};
    pack_transposed(s, group, weight_mean, direct_panel_rows(rows), factors[0]);
    pack_transposed(s, group, weight_variance, direct_panel_rows(rows), factors[1]);
    const DirectPlan plan(mean);
    const Destination to = input_of(s, group, grad_x);
    for_direct_images(plan, s.batch, rows, depth, [&](std::int64_t begin, std::int64_t end) {
      const DirectImages means(mean, false, 1);
      const DirectImages variances(variance, false, 1);
      const Scratch second(rows * to.plane);
      for (std::int64_t n = begin; n < end; ++n) {
        float* const first = to.first + n * to.image_stride;
        multiply_direct(plan, rows, depth, factors[0], means.prepare(n, n + 1),
                        {first, to.plane, nullptr});
        multiply_direct(plan, rows, depth, factors[1], variances.prepare(n, n + 1),
                        {second.data(), to.plane, nullptr});
        map_serial(rows * to.plane, first, formulas::MomentsGradient{},
                   static_cast<const float*>(first), static_cast<const float*>(second.data()),
                   x + (first - grad_x));
      }
    });
  }
}

void backward_bias(const ConvolutionShape& s, const float* grad_y, float* grad_bias) {
  if (s.batch == 0) {
    clear(s.out_channels, grad_bias);
    return;
  }
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  if (plane == 1) {
    sum_arrays(s.out_channels, s.batch, s.out_channels, grad_y, grad_bias);
    return;
  }
  parallel_for(s.out_channels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t channel = begin; channel < end; ++channel) {
      double total = 0;
      for (std::int64_t n = 0; n < s.batch; ++n) {
        total += static_cast<double>(
            sum_contiguous(grad_y + (n * s.out_channels + channel) * plane, plane));
      }
      grad_bias[channel] = static_cast<float>(total);
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

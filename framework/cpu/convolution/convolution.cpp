// The convolution kernels of the table, in float32, for one, two or three dimensions:
//   forward         y[n, o] = activation(bias[o] + Σ_c w[o, c] ∗ x[n, c])
//   backward data   dx[n, c] = Σ_o flipped(w[o, c]) ∗ dy[n, o]
//   backward bias   db[o] = Σ over images and positions of dy[n, o]
//   moments         mean = w_mean ∗ x + bias and variance = w_variance ∗ x², with their gradients
// where ∗ is the cross-correlation with stride, padding and dilation, as everywhere in deep
// learning (Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.1). The moments are
// those of the local reparametrisation (Kingma, Salimans and Welling 2015, arXiv 1506.02557). The
// gradient of the weights is in convolution_weight.cpp.
//
// plan.hpp chooses the algorithm of each call. This file holds the direct and the packed one, which
// are one matrix product: weights [O, C · K] times the columns of the images [C · K, N · P], where
// K counts kernel positions and P output positions. The columns are never stored as a whole
// (implicit GEMM: Chetlur et al. 2014, arXiv 1410.0759). The gradient of the data is the same
// product of the transposed, flipped weights and the output's gradient.
#include "framework/cpu/convolution/data_gradient.hpp"
#include "framework/cpu/convolution/depthwise.hpp"
#include "framework/cpu/convolution/empty_convolution.hpp"
#include "framework/cpu/convolution/image_lanes.hpp"
#include "framework/cpu/convolution/image_products.hpp"
#include "framework/cpu/convolution/plan.hpp"
#include "framework/cpu/convolution/winograd.hpp"
#include "framework/cpu/families.hpp"
#include "framework/cpu/noise.hpp"
#include "framework/cpu/products/linear.hpp"
#include "framework/cpu/products/strips.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Calls compute(algorithm) with the plan for a pass. It returns false where Winograd's algorithm
// refuses the numbers, and is then called again with the plan without that algorithm.
template <class Compute>
void run_plan(const ConvolutionShape& s, Pass pass, Compute compute) {
  if (!compute(plan(s, pass))) compute(plan_without_winograd(s, pass));
}

// y[0] = weight[0] · columns(x), and y[1] = weight[1] · columns(x²), by a direct algorithm or on
// packed columns.
template <int Products>
void multiply_input(const ConvolutionShape& s, Algorithm algorithm, const float* x,
                    const float* const (&weight)[Products],
                    const Epilogue<float> (&epilogue)[Products], float* const (&y)[Products]) {
  const bool lanes = algorithm == Algorithm::output_lanes;
  const bool direct = !lanes && algorithm != Algorithm::packed;
  const std::int64_t rows = s.out_channels / s.groups;
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images = input_columns(s, group, x);
    const std::int64_t depth = images.depth();
    const std::int64_t numel = lanes ? lane_panels_numel(rows, depth) : rows * depth;
    const Scratch packed(Products * numel + kLanes);
    const float* factors[Products];
    Destination to[Products];
    for (int product = 0; product < Products; ++product) {
      float* const panels = packed.data() + product * numel;
      const StridedMatrix factor{weight[product] + group * rows * depth, depth, 1};
      if (lanes) {
        pack_lanes(factor.data, rows, depth, panels);
      } else if (direct) {
        pack_rows(factor, rows, depth, panels, even_panel_rows(rows));
      } else {
        pack_dense_rows(factor, rows, depth, panels);
      }
      factors[product] = panels;
      to[product] = output_of(s, group, y[product], epilogue[product]);
    }
    if (lanes) {
      multiply_lanes<Products>(images, s.batch, rows, factors, to);
    } else if (direct) {
      multiply_directly<Products>(images, algorithm == Algorithm::direct_rows, s.batch, rows,
                                  factors, to);
    } else {
      multiply_images<Products>(images, s.batch, rows, factors, to);
    }
  }
}

void forward(const ConvolutionShape& s, const float* x, const float* weight,
             const Epilogue<float>& epilogue, float* y) {
  run_plan(s, Pass::forward, [&](Algorithm algorithm) {
    switch (algorithm) {
      case Algorithm::empty:
        empty_forward(s, epilogue, y);
        break;
      case Algorithm::linear:
        linear_forward(s, x, weight, epilogue, y);
        break;
      case Algorithm::winograd_4x4:
      case Algorithm::winograd_2x2:
        return winograd_forward(s, tile_of(algorithm), x, weight, epilogue, y);
      case Algorithm::depthwise:
        depthwise_forward(s, x, weight, epilogue, y);
        break;
      case Algorithm::image_lanes:
        lanes_forward(s, x, weight, epilogue, y);
        break;
      case Algorithm::output_lanes:
      case Algorithm::direct_rows:
      case Algorithm::direct_long_row:
      case Algorithm::packed:
      case Algorithm::phases:
        multiply_input<1>(s, algorithm, x, {weight}, {epilogue}, {y});
        break;
    }
    return true;
  });
}

void moments_forward(const ConvolutionShape& s, const float* x, const float* weight_mean,
                     const float* weight_variance, const float* bias, float* mean,
                     float* variance) {
  run_plan(s, Pass::forward, [&](Algorithm algorithm) {
    switch (algorithm) {
      case Algorithm::empty:
        empty_forward(s, {bias}, mean);
        clear(s.output_numel(), variance);
        break;
      case Algorithm::linear:
        linear_moments_forward(s, x, weight_mean, weight_variance, bias, mean, variance);
        break;
      case Algorithm::winograd_4x4:
      case Algorithm::winograd_2x2:
        return winograd_moments_forward(s, tile_of(algorithm), x, weight_mean, weight_variance,
                                        bias, mean, variance);
      case Algorithm::depthwise:
        depthwise_moments_forward(s, x, weight_mean, weight_variance, bias, mean, variance);
        break;
      case Algorithm::image_lanes:
        lanes_moments_forward(s, x, weight_mean, weight_variance, bias, mean, variance);
        break;
      case Algorithm::output_lanes:
      case Algorithm::direct_rows:
      case Algorithm::direct_long_row:
      case Algorithm::packed:
      case Algorithm::phases:
        multiply_input<2>(s, algorithm, x, {weight_mean, weight_variance}, {{bias}, {}},
                          {mean, variance});
        break;
    }
    return true;
  });
}

void random_forward(const ConvolutionShape& s, const OutputNoise& noise, const float* x,
                    const float* weight_mean, const float* weight_variance, const float* bias,
                    float* y, float* slope) {
  moments_forward(s, x, weight_mean, weight_variance, bias, y, slope);
  add_noise_forward(noise, s.output_numel(), y, slope);
}

void backward_data(const ConvolutionShape& s, const float* grad_y, const float* weight,
                   float* grad_x) {
  run_plan(s, Pass::backward_data, [&](Algorithm algorithm) {
    switch (algorithm) {
      case Algorithm::empty:
        clear(s.input_numel(), grad_x);
        break;
      case Algorithm::linear:
        linear_backward_data(s, grad_y, weight, grad_x);
        break;
      case Algorithm::winograd_4x4:
      case Algorithm::winograd_2x2:
        return winograd_backward_data(s, tile_of(algorithm), grad_y, weight, grad_x);
      case Algorithm::depthwise:
        depthwise_backward_data(s, grad_y, weight, grad_x);
        break;
      case Algorithm::image_lanes:
        lanes_backward_data(s, grad_y, weight, grad_x);
        break;
      case Algorithm::output_lanes:
      case Algorithm::direct_rows:
      case Algorithm::direct_long_row:
      case Algorithm::packed:
      case Algorithm::phases:
        DataGradient<1>(s, {grad_y}, {weight}, nullptr, grad_x).run();
        break;
    }
    return true;
  });
}

void moments_backward_data(const ConvolutionShape& s, const float* x, const float* weight_mean,
                           const float* weight_variance, const float* grad_mean,
                           const float* grad_variance, float* grad_x) {
  run_plan(s, Pass::backward_data, [&](Algorithm algorithm) {
    switch (algorithm) {
      case Algorithm::empty:
        clear(s.input_numel(), grad_x);
        break;
      case Algorithm::linear:
        linear_moments_backward_data(s, x, weight_mean, weight_variance, grad_mean, grad_variance,
                                     grad_x);
        break;
      case Algorithm::winograd_4x4:
      case Algorithm::winograd_2x2:
        return winograd_moments_backward_data(s, tile_of(algorithm), x, weight_mean,
                                              weight_variance, grad_mean, grad_variance, grad_x);
      case Algorithm::depthwise:
        depthwise_moments_backward_data(s, x, weight_mean, weight_variance, grad_mean,
                                        grad_variance, grad_x);
        break;
      case Algorithm::image_lanes:
        lanes_moments_backward_data(s, x, weight_mean, weight_variance, grad_mean, grad_variance,
                                    grad_x);
        break;
      case Algorithm::output_lanes:
      case Algorithm::direct_rows:
      case Algorithm::direct_long_row:
      case Algorithm::packed:
      case Algorithm::phases:
        DataGradient<2>(s, {grad_mean, grad_variance}, {weight_mean, weight_variance}, x, grad_x)
            .run();
        break;
    }
    return true;
  });
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
  table.moments_backward_data = &moments_backward_data;
  table.random_convolution_forward = &random_forward;
  // What is saved is the gradient of the variance by then.
  table.random_convolution_backward_data = &moments_backward_data;
  list_convolution_weight(table);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

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
#include "framework/cpu/convolution/empty_convolution.hpp"
#include "framework/cpu/convolution/image_lanes.hpp"
#include "framework/cpu/convolution/image_products.hpp"
#include "framework/cpu/convolution/plan.hpp"
#include "framework/cpu/convolution/winograd.hpp"
#include "framework/cpu/families.hpp"
#include "framework/cpu/noise.hpp"
#include "framework/cpu/products/linear.hpp"
#include "framework/formulas/noise.hpp"

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
  const bool direct = algorithm != Algorithm::packed;
  const std::int64_t rows = s.out_channels / s.groups;
  const std::int64_t panel_rows = direct ? even_panel_rows(rows) : kTileRows;
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images = input_columns(s, group, x);
    const std::int64_t depth = images.depth();
    const Scratch packed(Products * rows * depth);
    const float* factors[Products];
    Destination to[Products];
    for (int product = 0; product < Products; ++product) {
      float* const panels = packed.data() + product * rows * depth;
      pack_rows({weight[product] + group * rows * depth, depth, 1}, rows, depth, panels,
                panel_rows);
      factors[product] = panels;
      to[product] = output_of(s, group, y[product], epilogue[product]);
    }
    if (direct) {
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
      case Algorithm::image_lanes:
        lanes_forward(s, x, weight, epilogue, y);
        break;
      case Algorithm::direct_rows:
      case Algorithm::direct_long_row:
      case Algorithm::packed:
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
      case Algorithm::image_lanes:
        lanes_moments_forward(s, x, weight_mean, weight_variance, bias, mean, variance);
        break;
      case Algorithm::direct_rows:
      case Algorithm::direct_long_row:
      case Algorithm::packed:
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

// grad_x = flipped weights · columns(grad_y), by a direct algorithm or on packed columns.
void multiply_gradient(const ConvolutionShape& s, Algorithm algorithm, const float* grad_y,
                       const float* weight, float* grad_x) {
  const bool direct = algorithm != Algorithm::packed;
  const std::int64_t rows = s.in_channels / s.groups;
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const ImageColumns images = output_columns(s, group, grad_y);
    const Scratch packed(rows * images.depth());
    pack_transposed(s, group, weight, direct ? even_panel_rows(rows) : kTileRows, packed.data());
    if (direct) {
      multiply_directly<1>(images, algorithm == Algorithm::direct_rows, s.batch, rows,
                           {packed.data()}, {input_of(s, group, grad_x)});
    } else {
      multiply_images<1>(images, s.batch, rows, {packed.data()}, {input_of(s, group, grad_x)});
    }
  }
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
      case Algorithm::image_lanes:
        lanes_backward_data(s, grad_y, weight, grad_x);
        break;
      case Algorithm::direct_rows:
      case Algorithm::direct_long_row:
      case Algorithm::packed:
        multiply_gradient(s, algorithm, grad_y, weight, grad_x);
        break;
    }
    return true;
  });
}

// The gradient of the data through the mean and the variance.
struct MomentsBackwardData {
  const ConvolutionShape& s;
  const float* x;
  const float* weight_mean;
  const float* weight_variance;
  const float* grad_mean;
  const float* grad_variance;
  float* grad_x;

  void multiply_packed() const {
    const Scratch second(s.input_numel());
    multiply_gradient(s, Algorithm::packed, grad_mean, weight_mean, grad_x);
    multiply_gradient(s, Algorithm::packed, grad_variance, weight_variance, second.data());
    map(s.input_numel(), grad_x, formulas::MomentsGradient{}, grad_x,
        static_cast<const float*>(second.data()), x);
  }

  // Image by image, so that both products of one are still in the cache when they are joined.
  void multiply_direct_group(bool by_rows, std::int64_t group) const {
    const std::int64_t rows = s.in_channels / s.groups;
    const ImageColumns mean = output_columns(s, group, grad_mean);
    const ImageColumns variance = output_columns(s, group, grad_variance);
    const std::int64_t depth = mean.depth();
    const Scratch packed(2 * rows * depth);
    float* const factors[2] = {packed.data(), packed.data() + rows * depth};
    pack_transposed(s, group, weight_mean, even_panel_rows(rows), factors[0]);
    pack_transposed(s, group, weight_variance, even_panel_rows(rows), factors[1]);
    const DirectLayout layout(mean, by_rows);
    const Destination to = input_of(s, group, grad_x);
    for_direct_images(layout, s.batch, rows, depth, [&](std::int64_t begin, std::int64_t end) {
      const DirectImages means(mean, false, 1);
      const DirectImages variances(variance, false, 1);
      const Scratch second(rows * to.plane);
      for (std::int64_t n = begin; n < end; ++n) {
        float* const first = to.first + n * to.image_stride;
        multiply_direct(layout, rows, depth, factors[0], means.prepare(n, n + 1),
                        {first, to.plane, nullptr});
        multiply_direct(layout, rows, depth, factors[1], variances.prepare(n, n + 1),
                        {second.data(), to.plane, nullptr});
        map_serial(rows * to.plane, first, formulas::MomentsGradient{},
                   static_cast<const float*>(first), static_cast<const float*>(second.data()),
                   x + (first - grad_x));
      }
    });
  }

  void multiply_directly(bool by_rows) const {
    for (std::int64_t group = 0; group < s.groups; ++group) multiply_direct_group(by_rows, group);
  }
};

void moments_backward_data(const ConvolutionShape& s, const float* x, const float* weight_mean,
                           const float* weight_variance, const float* grad_mean,
                           const float* grad_variance, float* grad_x) {
  run_plan(s, Pass::backward_data, [&](Algorithm algorithm) {
    const MomentsBackwardData products{
        s, x, weight_mean, weight_variance, grad_mean, grad_variance, grad_x};
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
      case Algorithm::image_lanes:
        lanes_moments_backward_data(s, x, weight_mean, weight_variance, grad_mean, grad_variance,
                                    grad_x);
        break;
      case Algorithm::direct_rows:
      case Algorithm::direct_long_row:
        products.multiply_directly(algorithm == Algorithm::direct_rows);
        break;
      case Algorithm::packed:
        products.multiply_packed();
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
  table.random_convolution_forward = &random_forward;
  table.moments_backward_data = &moments_backward_data;
  list_convolution_weight(table);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

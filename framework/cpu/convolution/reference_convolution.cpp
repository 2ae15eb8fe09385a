// Convolution straight from its definition, in double precision. The fast kernels are tested
// against it, and it is the place to read what a convolution is:
//   y[n, o, p] = bias[o] + Σ_{c, k} w[o, c, k] · x[n, c, p · stride − padding + k · dilation]
// (Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.1). Pixels outside of the image
// are 0. Output channel o sees the input channels of its group alone.
#include "framework/cpu/epilogue.hpp"
#include "framework/cpu/families.hpp"
#include "framework/cpu/noise.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Calls body(output element, weight element, input element) for every multiplication of the
// convolution.
template <class Body>
void for_each_product(const ConvolutionShape& s, Body body) {
  const std::int64_t in_per_group = s.in_channels / s.groups;
  const std::int64_t out_per_group = s.out_channels / s.groups;
  Extents3 o;
  Extents3 k;
  for (std::int64_t n = 0; n < s.batch; ++n) {
    for (std::int64_t out = 0; out < s.out_channels; ++out) {
      for (std::int64_t in = 0; in < in_per_group; ++in) {
        const std::int64_t x_plane = n * s.in_channels + out / out_per_group * in_per_group + in;
        for (o[0] = 0; o[0] < s.output[0]; ++o[0]) {
          for (o[1] = 0; o[1] < s.output[1]; ++o[1]) {
            for (o[2] = 0; o[2] < s.output[2]; ++o[2]) {
              for (k[0] = 0; k[0] < s.kernel[0]; ++k[0]) {
                for (k[1] = 0; k[1] < s.kernel[1]; ++k[1]) {
                  for (k[2] = 0; k[2] < s.kernel[2]; ++k[2]) {
                    std::int64_t y_index = n * s.out_channels + out;
                    std::int64_t w_index = out * in_per_group + in;
                    std::int64_t x_index = x_plane;
                    bool inside = true;
                    for (std::size_t i = 0; i < 3; ++i) {
                      const std::int64_t x =
                          o[i] * s.stride[i] - s.padding[i] + k[i] * s.dilation[i];
                      inside = inside && x >= 0 && x < s.input[i];
                      y_index = y_index * s.output[i] + o[i];
                      w_index = w_index * s.kernel[i] + k[i];
                      x_index = x_index * s.input[i] + x;
                    }
                    if (inside) body(y_index, w_index, x_index);
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

void forward(const ConvolutionShape& s, const double* x, const double* weight,
             const Epilogue<double>& epilogue, double* y) {
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  for (std::int64_t i = 0; i < s.output_numel(); ++i) {
    y[i] = epilogue.bias == nullptr ? 0 : epilogue.bias[i / plane % s.out_channels];
  }
  for_each_product(
      s, [&](std::int64_t out, std::int64_t w, std::int64_t in) { y[out] += weight[w] * x[in]; });
  activate_all(epilogue.activation, s.output_numel(), y);
}

void backward_data(const ConvolutionShape& s, const double* grad_y, const double* weight,
                   double* grad_x) {
  clear(s.input_numel(), grad_x);
  for_each_product(s, [&](std::int64_t out, std::int64_t w, std::int64_t in) {
    grad_x[in] += weight[w] * grad_y[out];
  });
}

void backward_weight(const ConvolutionShape& s, const double* x, const double* grad_y,
                     double* grad_weight) {
  clear(s.weight_numel(), grad_weight);
  for_each_product(s, [&](std::int64_t out, std::int64_t w, std::int64_t in) {
    grad_weight[w] += x[in] * grad_y[out];
  });
}

void backward_bias(const ConvolutionShape& s, const double* grad_y, double* grad_bias) {
  clear(s.out_channels, grad_bias);
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  for (std::int64_t i = 0; i < s.output_numel(); ++i) {
    grad_bias[i / plane % s.out_channels] += grad_y[i];
  }
}

void moments_forward(const ConvolutionShape& s, const double* x, const double* weight_mean,
                     const double* weight_variance, const double* bias, double* mean,
                     double* variance) {
  forward(s, x, weight_mean, {bias}, mean);
  clear(s.output_numel(), variance);
  for_each_product(s, [&](std::int64_t out, std::int64_t w, std::int64_t in) {
    variance[out] += weight_variance[w] * x[in] * x[in];
  });
}

void random_forward(const ConvolutionShape& s, const OutputNoise& noise, const double* x,
                    const double* weight_mean, const double* weight_variance, const double* bias,
                    double* y, double* slope) {
  moments_forward(s, x, weight_mean, weight_variance, bias, y, slope);
  add_noise_forward(noise, s.output_numel(), y, slope);
}

void moments_backward_data(const ConvolutionShape& s, const double* x, const double* weight_mean,
                           const double* weight_variance, const double* grad_mean,
                           const double* grad_variance, double* grad_x) {
  clear(s.input_numel(), grad_x);
  for_each_product(s, [&](std::int64_t out, std::int64_t w, std::int64_t in) {
    grad_x[in] +=
        weight_mean[w] * grad_mean[out] + 2 * x[in] * weight_variance[w] * grad_variance[out];
  });
}

void moments_backward_weight(const ConvolutionShape& s, const double* x, const double* grad_mean,
                             const double* grad_variance, double* grad_weight_mean,
                             double* grad_weight_variance) {
  clear(s.weight_numel(), grad_weight_mean);
  clear(s.weight_numel(), grad_weight_variance);
  for_each_product(s, [&](std::int64_t out, std::int64_t w, std::int64_t in) {
    grad_weight_mean[w] += x[in] * grad_mean[out];
    grad_weight_variance[w] += x[in] * x[in] * grad_variance[out];
  });
}

}  // namespace

void list_convolution(Kernels<double>& table) {
  table.convolution_forward = &forward;
  table.convolution_backward_data = &backward_data;
  table.convolution_backward_weight = &backward_weight;
  table.convolution_backward_bias = &backward_bias;
  table.moments_forward = &moments_forward;
  table.moments_backward_data = &moments_backward_data;
  table.random_convolution_forward = &random_forward;
  // What is saved is the gradient of the variance by then.
  table.random_convolution_backward_data = &moments_backward_data;
  table.moments_backward_weight = &moments_backward_weight;
  table.random_convolution_backward_weight = &moments_backward_weight;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

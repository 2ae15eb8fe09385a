// The kernels of the table that compute the gradient of a convolution's weights, in float32:
//   dw[o, c] = Σ_n dy[n, o] ∗ x[n, c]
// and for the moments of a Bayesian layer the same with the gradient of the mean and x, and with
// the gradient of the variance and x². plan.hpp chooses the algorithm.
#include "framework/cpu/convolution/depthwise.hpp"
#include "framework/cpu/convolution/image_lanes.hpp"
#include "framework/cpu/convolution/output_lanes_weight.hpp"
#include "framework/cpu/convolution/weight_gradient.hpp"
#include "framework/cpu/convolution/winograd.hpp"
#include "framework/cpu/families.hpp"
#include "framework/cpu/products/linear.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

void backward_weight(const ConvolutionShape& s, const float* x, const float* grad_y,
                     float* grad_weight) {
  const Algorithm algorithm = plan(s, Pass::backward_weight);
  switch (algorithm) {
    case Algorithm::empty:
      clear(s.weight_numel(), grad_weight);
      break;
    case Algorithm::linear:
      linear_backward_weight(s, x, grad_y, grad_weight);
      break;
    case Algorithm::winograd_4x4:
    case Algorithm::winograd_2x2:
      winograd_backward_weight(s, tile_of(algorithm), x, grad_y, grad_weight);
      break;
    case Algorithm::depthwise:
      depthwise_backward_weight(s, x, grad_y, grad_weight);
      break;
    case Algorithm::image_lanes:
      lanes_backward_weight(s, x, grad_y, grad_weight);
      break;
    case Algorithm::output_lanes:
      OutputLanesWeight<1>(s, x, {grad_y}, {grad_weight}).run();
      break;
    case Algorithm::direct_rows:
    case Algorithm::direct_long_row:
    case Algorithm::packed:
    case Algorithm::phases:
      WeightGradient<1>{s, algorithm, x, {grad_y}, {grad_weight}}.run();
      break;
  }
}

void moments_backward_weight(const ConvolutionShape& s, const float* x, const float* grad_mean,
                             const float* grad_variance, float* grad_weight_mean,
                             float* grad_weight_variance) {
  const Algorithm algorithm = plan(s, Pass::backward_weight);
  switch (algorithm) {
    case Algorithm::empty:
      clear(s.weight_numel(), grad_weight_mean);
      clear(s.weight_numel(), grad_weight_variance);
      break;
    case Algorithm::linear:
      linear_moments_backward_weight(s, x, grad_mean, grad_variance, grad_weight_mean,
                                     grad_weight_variance);
      break;
    case Algorithm::winograd_4x4:
    case Algorithm::winograd_2x2:
      winograd_moments_backward_weight(s, tile_of(algorithm), x, grad_mean, grad_variance,
                                       grad_weight_mean, grad_weight_variance);
      break;
    case Algorithm::depthwise:
      depthwise_moments_backward_weight(s, x, grad_mean, grad_variance, grad_weight_mean,
                                        grad_weight_variance);
      break;
    case Algorithm::image_lanes:
      lanes_moments_backward_weight(s, x, grad_mean, grad_variance, grad_weight_mean,
                                    grad_weight_variance);
      break;
    case Algorithm::output_lanes:
      OutputLanesWeight<2>(s, x, {grad_mean, grad_variance},
                           {grad_weight_mean, grad_weight_variance})
          .run();
      break;
    case Algorithm::direct_rows:
    case Algorithm::direct_long_row:
    case Algorithm::packed:
    case Algorithm::phases:
      WeightGradient<2>{
          s, algorithm, x, {grad_mean, grad_variance}, {grad_weight_mean, grad_weight_variance}}
          .run();
      break;
  }
}

}  // namespace

void list_convolution_weight(Kernels<float>& table) {
  table.convolution_backward_weight = &backward_weight;
  table.moments_backward_weight = &moments_backward_weight;
  table.random_convolution_backward_weight = &moments_backward_weight;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu

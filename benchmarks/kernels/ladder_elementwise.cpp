// Elementwise kernels and reductions from their formulas, one element after the other, with the
// functions of the C library. The framework's own (framework/cpu) work on vectors, with
// polynomials in place of the library's functions, and share out the elements among threads.
#include "benchmarks/kernels/families.hpp"
#include "framework/formulas/optimizer.hpp"
#include "framework/kernels/shapes.hpp"

#include <cmath>

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

void relu(std::int64_t n, const float* x, float* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : 0;
}

void exponential(std::int64_t n, const float* x, float* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = std::exp(x[i]);
}

void max_pool_forward(const PoolShape& s, const float* x, float* y, std::int32_t* index) {
  const std::int64_t height = s.input[1];
  const std::int64_t width = s.input[2];
  for (std::int64_t plane = 0; plane < s.planes; ++plane) {
    const float* const image = x + plane * height * width;
    for (std::int64_t oy = 0; oy < s.output[1]; ++oy) {
      for (std::int64_t ox = 0; ox < s.output[2]; ++ox) {
        std::int64_t best = oy * s.stride[1] * width + ox * s.stride[2];
        for (std::int64_t ky = 0; ky < s.kernel[1]; ++ky) {
          for (std::int64_t kx = 0; kx < s.kernel[2]; ++kx) {
            const std::int64_t at = (oy * s.stride[1] + ky) * width + ox * s.stride[2] + kx;
            if (image[at] > image[best]) best = at;
          }
        }
        *y++ = image[best];
        *index++ = static_cast<std::int32_t>(best);
      }
    }
  }
}

void log_softmax_forward(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  for (std::int64_t r = 0; r < rows; ++r, x += columns, y += columns) {
    float largest = x[0];
    for (std::int64_t c = 1; c < columns; ++c) largest = x[c] > largest ? x[c] : largest;
    float sum = 0;
    for (std::int64_t c = 0; c < columns; ++c) sum += std::exp(x[c] - largest);
    const float shift = largest + std::log(sum);
    for (std::int64_t c = 0; c < columns; ++c) y[c] = x[c] - shift;
  }
}

void batch_norm_training_forward(const NormalizationShape& s, double epsilon, const float* x,
                                 const float* weight, const float* bias, float* y) {
  const auto for_channel = [&](std::int64_t channel, auto body) {
    for (std::int64_t n = 0; n < s.batch; ++n) {
      for (std::int64_t i = 0; i < s.volume; ++i) body((n * s.channels + channel) * s.volume + i);
    }
  };
  for (std::int64_t c = 0; c < s.channels; ++c) {
    const auto count = static_cast<double>(s.count());
    double sum = 0;
    for_channel(c, [&](std::int64_t i) { sum += x[i]; });
    const double mean = sum / count;
    double squares = 0;
    for_channel(c, [&](std::int64_t i) { squares += (x[i] - mean) * (x[i] - mean); });
    const double scale = weight[c] / std::sqrt(squares / count + epsilon);
    for_channel(
        c, [&](std::int64_t i) { y[i] = static_cast<float>((x[i] - mean) * scale + bias[c]); });
  }
}

void adam_step(const AdamStep& step, std::int64_t n, const float* grad, float* parameter,
               float* mean, float* variance) {
  const auto beta1 = static_cast<float>(step.beta1);
  const auto beta2 = static_cast<float>(step.beta2);
  const auto rate = static_cast<float>(step.learning_rate / step.correction1);
  const auto correction = static_cast<float>(1 / step.correction2);
  const auto epsilon = static_cast<float>(step.epsilon);
  for (std::int64_t i = 0; i < n; ++i) {
    mean[i] = beta1 * mean[i] + (1 - beta1) * grad[i];
    variance[i] = beta2 * variance[i] + (1 - beta2) * grad[i] * grad[i];
    parameter[i] -= rate * mean[i] / (std::sqrt(variance[i] * correction) + epsilon);
  }
}

}  // namespace

void list_elementwise(Ladder& ladder) {
  ladder.relu = &relu;
  ladder.exp = &exponential;
  ladder.max_pool_forward = &max_pool_forward;
  ladder.log_softmax_forward = &log_softmax_forward;
  ladder.batch_norm_training_forward = &batch_norm_training_forward;
  ladder.adam_step = &adam_step;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks

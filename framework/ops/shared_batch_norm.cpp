// Batch normalisation over the rows of several processes. Each takes the statistics of its own rows
// by the kernel of one process; they meet as sums about the running mean, which all ranks have.
// Normalising, and the terms of the gradient that come from other rows, are then affine functions
// of x in each channel, for which the kernel with given statistics serves.
#include "framework/ops/shared_batch_norm.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace credence {
namespace {

using Numbers = std::vector<double>;

Numbers on_host(const Tensor& tensor) {
  return tensor.to(Device::cpu).to(DType::float64).to_vector<double>();
}

// In the type and on the device of `like`.
Tensor like(const Tensor& tensor, const Numbers& numbers) {
  return Tensor::from({static_cast<std::int64_t>(numbers.size())}, numbers)
      .to(tensor.dtype())
      .to(tensor.device());
}

struct Statistics {
  double count = 0;  ///< elements of a channel, of all ranks
  Numbers mean;
  Numbers variance;  ///< biased: divided by the count
};

// Mean and sum of squared deviations of a rank's own rows.
struct OwnMoments {
  Numbers mean;
  Numbers squares;
};

OwnMoments own_moments(const NormalizationShape& shape, const Tensor& x, const Tensor& weight,
                       const Tensor& y) {
  const Tensor one = Tensor::full(weight.shape(), 1, x.dtype(), x.device());
  const Tensor zero = Tensor::zeros_like(one);
  const Tensor mean = Tensor::empty_like(one);
  const Tensor inverse_deviation = Tensor::empty_like(one);
  const Tensor running_mean = zero.clone();
  const Tensor variance = zero.clone();
  visit_kernels(x, [&](const auto& kernels) {
    // With momentum 1 the running variance becomes the unbiased variance.
    kernels.batch_norm_training_forward(shape, 1, 1, x, one, zero, running_mean, variance, y, mean,
                                        inverse_deviation);
  });
  OwnMoments moments{on_host(mean), on_host(variance)};
  const auto others = static_cast<double>(shape.count() - 1);
  // The kernel divides the squares of a single element, which are 0, by 0.
  for (double& squares : moments.squares) squares = others == 0 ? 0 : squares * others;
  return moments;
}

Statistics statistics_of_all(const BatchScope& scope, const NormalizationShape& shape,
                             const OwnMoments& own, const Numbers& pivot) {
  const std::size_t channels = pivot.size();
  Numbers sums(1 + 2 * channels, 0.0);
  if (scope.rows().counted) {
    const auto count = static_cast<double>(shape.count());
    sums[0] = count;
    for (std::size_t c = 0; c < channels; ++c) {
      const double shift = own.mean[c] - pivot[c];
      sums[1 + c] = count * shift;
      sums[1 + channels + c] = own.squares[c] + count * shift * shift;
    }
  }
  scope.group().all_reduce(std::span(sums));
  Statistics all{sums[0], Numbers(channels), Numbers(channels)};
  for (std::size_t c = 0; c < channels; ++c) {
    const double shift = sums[1 + c] / all.count;
    all.mean[c] = pivot[c] + shift;
    all.variance[c] = std::max(sums[1 + channels + c] / all.count - shift * shift, 0.0);
  }
  return all;
}

void move_running(const Tensor& running, Numbers before, const Numbers& batch, double momentum,
                  double factor) {
  for (std::size_t c = 0; c < before.size(); ++c) {
    before[c] = (1 - momentum) * before[c] + momentum * batch[c] * factor;
  }
  running.copy_from(like(running, before));
}

// −weight / √(variance + ε) / M · sums
Tensor of_other_rows(const Tensor& weight, const Tensor& inverse_deviation, const Numbers& all,
                     std::size_t first, double count) {
  Numbers numbers = on_host(weight);
  const Numbers inverse = on_host(inverse_deviation);
  for (std::size_t c = 0; c < numbers.size(); ++c) {
    numbers[c] *= -inverse[c] / count * all[first + c];
  }
  return like(weight, numbers);
}

}  // namespace

Variable shared_batch_norm(const BatchScope& scope, const NormalizationShape& shape,
                           const Variable& x, const Variable& weight, const Variable& bias,
                           const Tensor& running_mean, const Tensor& running_variance,
                           const BatchNormalizationOptions& options) {
  const Tensor x_value = x.value();
  const Tensor weight_value = weight.value();
  const Tensor y = Tensor::empty_like(x_value);
  const Numbers pivot = on_host(running_mean);
  const Statistics all =
      statistics_of_all(scope, shape, own_moments(shape, x_value, weight_value, y), pivot);
  if (all.count < 2) {
    throw ShapeError("[batch_norm] the variance needs two elements per channel or more: input " +
                     x.shape().to_string());
  }
  move_running(running_mean, pivot, all.mean, options.momentum, 1);
  move_running(running_variance, on_host(running_variance), all.variance, options.momentum,
               all.count / (all.count - 1));
  const Tensor mean = like(x_value, all.mean);
  const Tensor variance = like(x_value, all.variance);
  const Tensor inverse_deviation = Tensor::empty_like(mean);
  const double epsilon = options.epsilon;
  visit_kernels(y, [&](const auto& kernels) {
    kernels.batch_norm_forward(shape, epsilon, x_value, weight_value, bias.value(), mean, variance,
                               y, inverse_deviation);
  });
  const bool counted = scope.rows().counted;
  const auto backward = [=, count = all.count,
                         &group = scope.group()](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty_like(grad);
    const Tensor grad_weight = Tensor::empty_like(weight_value);
    const Tensor grad_bias = Tensor::empty_like(weight_value);
    visit_kernels(grad, [&](const auto& kernels) {
      kernels.batch_norm_backward(shape, false, x_value, weight_value, mean, inverse_deviation,
                                  grad, grad_x, grad_weight, grad_bias);
    });
    Numbers sums = on_host(grad_weight);
    const Numbers of_bias = on_host(grad_bias);
    const std::size_t channels = sums.size();
    sums.insert(sums.end(), of_bias.begin(), of_bias.end());
    // A row that counts for nothing does not reach the statistics, and they do not reach it.
    if (!counted) std::fill(sums.begin(), sums.end(), 0.0);
    group.all_reduce(std::span(sums));
    if (!counted) {
      return {Tensor::zeros_like(grad_x), Tensor::zeros_like(grad_weight),
              Tensor::zeros_like(grad_bias)};
    }
    const Tensor others = Tensor::empty_like(grad_x);
    const Tensor inverse = Tensor::empty_like(inverse_deviation);
    visit_kernels(grad, [&](const auto& kernels) {
      kernels.batch_norm_forward(
          shape, epsilon, x_value, of_other_rows(weight_value, inverse_deviation, sums, 0, count),
          of_other_rows(weight_value, inverse_deviation, sums, channels, count), mean, variance,
          others, inverse);
    });
    return {(Variable(grad_x) + Variable(others)).value(), grad_weight, grad_bias};
  };
  return make_result(y, {x, weight, bias}, backward);
}

}  // namespace credence

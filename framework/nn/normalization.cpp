// Batch normalisation, y = (x − mean) / √(variance + ε) · weight + bias for each channel (Ioffe and
// Szegedy 2015, arXiv 1502.03167), and filter response normalisation, y = x / √(mean(x²) + ε) ·
// weight + bias (Singh and Krishnan 2020, arXiv 1911.09737), layer and group normalisation:
// parameters, buffers and checks. The ops are in framework/ops/normalization.cpp.
#include "framework/nn/normalization.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/normalization.hpp"

namespace credence::nn {
namespace {

void check_channels(const std::string& layer, std::int64_t channels) {
  if (channels >= 1) return;
  throw ValueError("[" + layer + "] channels must be positive, not " + std::to_string(channels));
}

void visit_affine(Visitor& visitor, Variable& weight, Variable& bias) {
  if (weight.defined()) visitor.parameter("weight", weight, Role::norm);
  if (bias.defined()) visitor.parameter("bias", bias, Role::norm);
}

}  // namespace

void BatchNormLayer::set_momentum(double momentum) {
  if (!(momentum >= 0 && momentum <= 1)) {
    throw ValueError("[batch_norm] the momentum must be in [0, 1], not " +
                     std::to_string(momentum));
  }
  options_.momentum = momentum;
}

template <int Dimensions>
BatchNorm<Dimensions>::BatchNorm(std::int64_t channels, const BatchNormOptions& options)
    : BatchNormLayer(options) {
  check_channels(type_name(), channels);
  if (options.affine) weight_ = Variable(Tensor::full({channels}, 1), true);
  if (options.affine && options.bias) bias_ = Variable(Tensor::zeros({channels}), true);
  if (!options.running_statistics) return;
  running_mean_ = Tensor::zeros({channels});
  running_variance_ = Tensor::full({channels}, 1);
  if (options.cumulative) batches_ = Tensor::zeros({}, DType::int64);
}

template <int Dimensions>
Variable BatchNorm<Dimensions>::forward(const Variable& x) {
  const int rank = x.shape().rank();
  const bool without_spatial = Dimensions == 1 && rank == 2;
  if (rank != Dimensions + 2 && !without_spatial) {
    throw ShapeError("[" + type_name() + "] the input must have " +
                     (Dimensions == 1 ? "2 or 3" : std::to_string(Dimensions + 2)) +
                     " dimensions, not the shape " + x.shape().to_string());
  }
  double share = momentum();
  if (batches_.defined() && training()) {
    const double count = batches_.item() + 1;
    batches_.fill(count);
    share = 1 / count;
  }
  return batch_norm(x, weight_, bias_, running_mean_, running_variance_,
                    {training(), share, options().epsilon});
}

template <int Dimensions>
void BatchNorm<Dimensions>::visit(Visitor& visitor) {
  visit_affine(visitor, weight_, bias_);
  if (!running_mean_.defined()) return;
  visitor.buffer("running_mean", running_mean_);
  visitor.buffer("running_var", running_variance_);
  if (batches_.defined()) visitor.buffer("num_batches_tracked", batches_);
}

template <int Dimensions>
std::string BatchNorm<Dimensions>::type_name() const {
  return "BatchNorm" + std::to_string(Dimensions) + "d";
}

template <int Dimensions>
std::int64_t BatchNorm<Dimensions>::multiply_adds(const Shape&, const Shape& output) const {
  return output.numel();
}

template class BatchNorm<1>;
template class BatchNorm<2>;
template class BatchNorm<3>;

FilterResponseNorm2d::FilterResponseNorm2d(std::int64_t channels,
                                           const FilterResponseNormOptions& options)
    : options_(options) {
  check_channels("FilterResponseNorm2d", channels);
  weight_ = Variable(Tensor::full({channels}, 1), true);
  bias_ = Variable(Tensor::zeros({channels}), true);
}

Variable FilterResponseNorm2d::normalized(const Variable& x,
                                          const std::optional<Activation>& activation) const {
  if (x.shape().rank() != 4) {
    throw ShapeError("[FilterResponseNorm2d] the input must have 4 dimensions, not the shape " +
                     x.shape().to_string());
  }
  return filter_response_norm(x, weight_, bias_, {options_.epsilon}, activation);
}

Variable FilterResponseNorm2d::forward(const Variable& x) { return normalized(x, {}); }

Variable FilterResponseNorm2d::forward_activated(const Variable& x, const Activation& activation) {
  return normalized(x, activation);
}

void FilterResponseNorm2d::visit(Visitor& visitor) { visit_affine(visitor, weight_, bias_); }

std::int64_t FilterResponseNorm2d::multiply_adds(const Shape&, const Shape& output) const {
  return 2 * output.numel();
}

LayerNorm::LayerNorm(const Shape& normalized, const LayerNormOptions& options)
    : normalized_(normalized), epsilon_(options.epsilon) {
  if (normalized.rank() == 0 || normalized.numel() == 0) {
    throw ValueError("[LayerNorm] the normalised shape must have elements, not be " +
                     normalized.to_string());
  }
  if (options.affine) weight_ = Variable(Tensor::full(normalized, 1), true);
  if (options.affine && options.bias) bias_ = Variable(Tensor::zeros(normalized), true);
}

Variable LayerNorm::forward(const Variable& x) {
  return layer_norm(x, normalized_, weight_, bias_, epsilon_);
}

void LayerNorm::visit(Visitor& visitor) { visit_affine(visitor, weight_, bias_); }

std::int64_t LayerNorm::multiply_adds(const Shape&, const Shape& output) const {
  return 2 * output.numel();
}

GroupNorm::GroupNorm(std::int64_t groups, std::int64_t channels, const GroupNormOptions& options)
    : groups_(groups), channels_(channels), epsilon_(options.epsilon) {
  check_channels("GroupNorm", channels);
  if (groups < 1 || channels % groups != 0) {
    throw ValueError("[GroupNorm] the groups must divide the channels: " + std::to_string(groups) +
                     " groups, " + std::to_string(channels) + " channels");
  }
  if (!options.affine) return;
  weight_ = Variable(Tensor::full({channels}, 1), true);
  bias_ = Variable(Tensor::zeros({channels}), true);
}

Variable GroupNorm::forward(const Variable& x) {
  if (x.shape().rank() < 2 || x.shape()[1] != channels_) {
    throw ShapeError("[GroupNorm] the input must be [N, " + std::to_string(channels_) +
                     ", spatial…], not the shape " + x.shape().to_string());
  }
  return group_norm(x, groups_, weight_, bias_, epsilon_);
}

void GroupNorm::visit(Visitor& visitor) { visit_affine(visitor, weight_, bias_); }

std::int64_t GroupNorm::multiply_adds(const Shape&, const Shape& output) const {
  return 2 * output.numel();
}

}  // namespace credence::nn

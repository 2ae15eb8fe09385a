// Batch normalisation, y = (x − mean) / √(variance + ε) · weight + bias for each channel (Ioffe and
// Szegedy 2015, arXiv 1502.03167): parameters, buffers and checks. The op is in
// framework/ops/normalization.cpp.
#include "framework/nn/normalization.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/normalization.hpp"

namespace credence::nn {

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
  if (channels < 1) {
    throw ValueError("[" + type_name() + "] channels must be positive, not " +
                     std::to_string(channels));
  }
  weight_ = Variable(Tensor::full({channels}, 1), true);
  bias_ = Variable(Tensor::zeros({channels}), true);
  running_mean_ = Tensor::zeros({channels});
  running_variance_ = Tensor::full({channels}, 1);
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
  return batch_norm(x, weight_, bias_, running_mean_, running_variance_,
                    {training(), momentum(), options().epsilon});
}

template <int Dimensions>
void BatchNorm<Dimensions>::visit(Visitor& visitor) {
  visitor.parameter("weight", weight_, Role::norm);
  visitor.parameter("bias", bias_, Role::norm);
  visitor.buffer("running_mean", running_mean_);
  visitor.buffer("running_var", running_variance_);
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

}  // namespace credence::nn

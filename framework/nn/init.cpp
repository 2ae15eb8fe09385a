// Initialisers. Kaiming's have the variance 2 / ((1 + slope²) · fan_in) (He et al. 2015, arXiv
// 1502.01852); the uniform one's bound is √(3 · variance).
#include "framework/nn/init.hpp"

#include "framework/kernels/shapes.hpp"

#include <cmath>

namespace credence::nn::init {
namespace {

double kaiming_deviation(double negative_slope, std::int64_t fan_in) {
  return std::sqrt(2.0 / ((1.0 + negative_slope * negative_slope) * static_cast<double>(fan_in)));
}

// Parameters are filled once, so the elements are computed on the host one by one.
template <class Element>
void fill(const Tensor& tensor, Element element) {
  std::vector<double> values(static_cast<std::size_t>(tensor.numel()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = element(static_cast<std::int64_t>(i));
  }
  tensor.copy_from(Tensor::from(tensor.shape(), values).to(tensor.dtype()));
}

void fill_uniform(const Tensor& tensor, double bound, const RandomStream& stream) {
  fill(tensor, [&](std::int64_t i) { return bound * (2 * stream.uniform(i) - 1); });
}

void fill_normal(const Tensor& tensor, double deviation, const RandomStream& stream) {
  fill(tensor, [&](std::int64_t i) { return deviation * stream.normal(i); });
}

}  // namespace

std::int64_t fan_in(const Shape& weight) { return weight.numel_from(1); }

Initializer uniform(double bound) {
  return [=](const Tensor& tensor, std::int64_t, const RandomStream& stream) {
    fill_uniform(tensor, bound, stream);
  };
}

Initializer normal(double standard_deviation) {
  return [=](const Tensor& tensor, std::int64_t, const RandomStream& stream) {
    fill_normal(tensor, standard_deviation, stream);
  };
}

Initializer constant(double value) {
  return [=](const Tensor& tensor, std::int64_t, const RandomStream&) { tensor.fill(value); };
}

Initializer kaiming_uniform(double negative_slope) {
  return [=](const Tensor& tensor, std::int64_t fan_in, const RandomStream& stream) {
    fill_uniform(tensor, std::sqrt(3.0) * kaiming_deviation(negative_slope, fan_in), stream);
  };
}

Initializer kaiming_normal(double negative_slope) {
  return [=](const Tensor& tensor, std::int64_t fan_in, const RandomStream& stream) {
    fill_normal(tensor, kaiming_deviation(negative_slope, fan_in), stream);
  };
}

Initializer pytorch_default() { return kaiming_uniform(std::sqrt(5.0)); }

}  // namespace credence::nn::init

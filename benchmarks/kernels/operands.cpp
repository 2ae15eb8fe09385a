// Operands from the framework's random numbers.
#include "benchmarks/kernels/operands.hpp"

#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <cmath>

namespace credence::benchmarks {
namespace {

Tensor normals_on_cpu(const Fill& fill, const Shape& shape, std::string_view name) {
  const Tensor tensor = Tensor::empty(shape);
  kernels<float>(Device::cpu)
      .normal(Generator(fill.seed).split(name).next(), tensor.numel(), tensor.data<float>());
  return tensor;
}

template <class Function>
Tensor mapped(const Tensor& tensor, Function function) {
  float* const values = tensor.data<float>();
  std::transform(values, values + tensor.numel(), values, function);
  return tensor;
}

}  // namespace

Tensor filled(const Fill& fill, const Shape& shape, std::string_view name, Device device) {
  const Tensor tensor = normals_on_cpu(fill, shape, name);
  if (fill.values == Fill::Values::integers) {
    mapped(tensor, [](float x) { return std::clamp(std::nearbyint(2 * x), -4.0F, 4.0F); });
  }
  return tensor.to(device);
}

Tensor filled_between(const Fill& fill, double low, double high, const Shape& shape,
                      std::string_view name, Device device) {
  const auto first = static_cast<float>(low);
  const auto extent = static_cast<float>(high - low);
  return mapped(normals_on_cpu(fill, shape, name),
                [=](float x) {
                  const float part = std::fabs(x);
                  return first + extent * (part - std::floor(part));
                })
      .to(device);
}

}  // namespace credence::benchmarks

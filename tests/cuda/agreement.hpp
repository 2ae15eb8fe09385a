// Comparison of the device's kernels with the CPU's reference in double precision.
#pragma once

#include "framework/core/random.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/cuda/device.hpp"

namespace credence {

using Tensors = std::vector<Tensor>;

/// Standard normal numbers on the host, float64, which float32 can hold exactly.
inline Tensor draws(const Shape& shape, std::uint64_t number) {
  const Tensor x = Tensor::empty(shape, DType::float64);
  kernels<double>(Device::cpu).normal(Generator(number).next(), x.numel(), x.data<double>());
  return x.to(DType::float32).to(DType::float64);
}

/// The same numbers made at least 1/8.
inline Tensor positive(const Shape& shape, std::uint64_t number) {
  const Tensor x = draws(shape, number);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    x.data<double>()[i] = std::abs(x.data<double>()[i]) + 0.125;
  }
  return x.to(DType::float32).to(DType::float64);
}

/// Calls run(kernels, inputs) → outputs with the CPU's double kernels and with the device's for T
/// on the same inputs (integers unchanged), and compares all outputs.
template <class T, class Run>
void check_agreement(const std::string& name, const Tensors& inputs, double tolerance, Run run) {
  const auto there = [](const Tensor& x) {
    if (!x.defined()) return x;
    return (x.dtype() == DType::float64 ? x.to(dtype_of<T>) : x.clone()).to(Device::cuda);
  };
  Tensors on_host;
  Tensors on_device;
  for (const Tensor& input : inputs) {
    on_host.push_back(input.defined() ? input.clone() : input);
    on_device.push_back(there(input));
  }
  const Tensors expected = run(kernels<double>(Device::cpu), on_host);
  const Tensors actual = run(kernels<T>(Device::cuda), on_device);
  BOOST_TEST_REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    BOOST_TEST((actual[i].device() == Device::cuda));
    BOOST_TEST(largest_difference(actual[i], expected[i]) <= tolerance,
               name << ", " << to_string(dtype_of<T>) << ", output " << i << ": "
                    << largest_difference(actual[i], expected[i]));
  }
}

/// The same for both element types. `tolerance` is that of float32.
template <class Run>
void check_agreement(const std::string& name, const Tensors& inputs, double tolerance, Run run) {
  check_agreement<float>(name, inputs, tolerance, run);
  check_agreement<double>(name, inputs, 1e-12, run);
}

}  // namespace credence

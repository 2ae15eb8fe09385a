#include "benchmarks/kernels/cases.hpp"

namespace credence::benchmarks {

std::vector<Case> all_cases() {
  std::vector<Case> cases = product_cases();
  for (const auto& more : {convolution_cases(), moments_cases(), elementwise_cases()}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

std::string joined(std::initializer_list<std::int64_t> numbers, const char* between) {
  std::string text;
  for (const std::int64_t number : numbers) {
    text += (text.empty() ? "" : between) + std::to_string(number);
  }
  return text;
}

Tensor normals(const Shape& shape, std::string_view name) {
  const Tensor tensor = Tensor::empty(shape);
  kernels<float>(Device::cpu)
      .normal(Generator(7).split(name).next(), tensor.numel(), tensor.data<float>());
  return tensor;
}

}  // namespace credence::benchmarks

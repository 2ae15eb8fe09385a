// The list of all cases.
#include "benchmarks/kernels/cases.hpp"

namespace credence::benchmarks {

std::vector<Case> all_cases(Device device, std::initializer_list<std::int64_t> elements) {
  std::vector<Case> cases = product_cases(device);
  for (const auto& more :
       {convolution_cases(device), moments_cases(device), elementwise_cases(device, elements)}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  if (device != Device::cpu) keep_device_cases(cases);
  return cases;
}

void keep_device_cases(std::vector<Case>& cases) {
  std::erase_if(cases, [](const Case& item) {
    return item.implementation != kOurs && item.implementation != kComposed;
  });
}

std::string joined(std::initializer_list<std::int64_t> numbers, const char* between) {
  std::string text;
  for (const std::int64_t number : numbers) {
    text += (text.empty() ? "" : between) + std::to_string(number);
  }
  return text;
}

}  // namespace credence::benchmarks

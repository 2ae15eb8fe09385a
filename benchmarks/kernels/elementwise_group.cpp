// Elementwise kernels as cases.
#include "benchmarks/kernels/elementwise.hpp"

#include <cmath>

namespace credence::benchmarks {

ArrayNames names_of_size(std::int64_t elements) {
  const auto kibibytes = std::lround(static_cast<double>(elements) * sizeof(float) / 1024);
  const std::string size = std::to_string(kibibytes < 1024 ? kibibytes : (kibibytes + 512) / 1024);
  const std::string unit = kibibytes < 1024 ? "KiB" : "MiB";
  return {size + unit, size + " " + unit};
}

Group::Group(std::vector<Case>& cases, const Arrays& arrays, std::string kernel, double moved,
             double held)
    : Group(cases, arrays, std::move(kernel), moved, held, names_of_size(arrays.n)) {}

Group::Group(std::vector<Case>& cases, const Arrays& arrays, std::string kernel, double moved,
             double held, ArrayNames names)
    : cases_(cases),
      arrays_(arrays),
      kernel_(std::move(kernel)),
      moved_(moved),
      held_(held),
      names_(std::move(names)) {}

const Group& Group::add(const char* implementation, std::function<Call(const Arrays&)> prepare,
                        double tolerance) const {
  const auto n = static_cast<double>(arrays_.n);
  cases_.push_back({kernel_,
                    names_.shape,
                    implementation,
                    names_.label,
                    {.bytes = n * moved_, .footprint = n * held_, .elements = n},
                    [arrays = arrays_, prepare = std::move(prepare)](const Fill& fill) {
                      return prepare({arrays.device, arrays.n, fill});
                    },
                    tolerance});
  return *this;
}

}  // namespace credence::benchmarks

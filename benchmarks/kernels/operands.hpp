// The numbers that cases compute with.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>
#include <string_view>

namespace credence::benchmarks {

/// Which numbers the operands of a case are.
struct Fill {
  enum class Values : std::uint8_t {
    normal,    ///< standard normal
    integers,  ///< whole numbers from -4 to 4: their products and sums are exact in float32 while
               ///< sums stay below 2²⁴, in whichever order they are added
  };
  std::uint64_t seed = 7;
  Values values = Values::normal;
};

/// Numbers as `fill` says, the same for the same shape and name, whichever the device.
Tensor filled(const Fill& fill, const Shape& shape, std::string_view name, Device device);

/// Numbers within an interval, from standard normal ones, whichever the fill's values.
Tensor filled_between(const Fill& fill, double low, double high, const Shape& shape,
                      std::string_view name, Device device);

}  // namespace credence::benchmarks

// Names of the algorithms of convolutions, and the variable that forces one.
#include "framework/cpu/convolution/algorithm.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include <fmt/ranges.h>

namespace credence::cpu {
namespace {

// In the order of the enumerators.
constexpr std::array kNames{"empty",           "linear",      "winograd_4x4", "winograd_2x2",
                            "depthwise",       "image_lanes", "output_lanes", "direct_rows",
                            "direct_long_row", "packed",      "phases"};

}  // namespace

const char* to_string(Algorithm algorithm) {
  return kNames.at(static_cast<std::size_t>(algorithm));
}

std::optional<Algorithm> parse_algorithm(const char* name) {
  if (name == nullptr) return {};
  const auto* const found = std::find(kNames.begin(), kNames.end(), std::string_view(name));
  if (found != kNames.end()) return static_cast<Algorithm>(found - kNames.begin());
  throw ValueError(fmt::format("CREDENCE_CONVOLUTION has to be one of {}, not \"{}\"",
                               fmt::join(kNames, ", "), name));
}

std::optional<Algorithm> forced_algorithm() {
  static const std::optional<Algorithm> forced =
      parse_algorithm(std::getenv("CREDENCE_CONVOLUTION"));
  return forced;
}

}  // namespace credence::cpu

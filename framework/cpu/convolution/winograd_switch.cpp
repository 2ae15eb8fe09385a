// The variable CREDENCE_WINOGRAD.
#include "framework/cpu/convolution/winograd_switch.hpp"

#include "framework/base/error.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

namespace credence::cpu {

bool parse_winograd(const char* value) {
  const std::string_view text = value == nullptr ? "on" : value;
  if (text != "on" && text != "off") {
    throw ValueError("CREDENCE_WINOGRAD must be on or off, not \"" + std::string(text) + "\"");
  }
  return text == "on";
}

bool winograd_allowed() {
  static const bool allowed = parse_winograd(std::getenv("CREDENCE_WINOGRAD"));
  return allowed;
}

}  // namespace credence::cpu

// A number with its noun, for messages.
#pragma once

#include <cstdint>
#include <string>

namespace credence {

/// "1 epoch", "2 epochs", "0 epochs": the number and the noun. The plural is `plural`, or the noun
/// with an s where `plural` is empty.
inline std::string counted(std::int64_t count, const std::string& noun,
                           const std::string& plural = "") {
  const std::string many = plural.empty() ? noun + "s" : plural;
  return std::to_string(count) + " " + (count == 1 ? noun : many);
}

}  // namespace credence

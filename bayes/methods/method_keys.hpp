// The names of a method's tensors and metadata in a file (see stored_method.hpp).
#pragma once

#include <string>

namespace credence::bayes {

inline constexpr const char* kMethod = "method";
inline constexpr const char* kKey = "key";  ///< of a method's generator

/// That of the method's own tensor or text, in the part of the file with this prefix.
inline std::string key_of(const std::string& prefix, const std::string& name) {
  return prefix + kMethod + '.' + name;
}

/// The prefix of a part; of the whole for the empty name.
inline std::string part_prefix(const std::string& prefix, const std::string& name) {
  return name.empty() ? prefix : prefix + name + '.';
}

}  // namespace credence::bayes

// The check of a number that a method was given.
#pragma once

#include "framework/base/error.hpp"

#include <string>

namespace credence::bayes {

/// Throws ValueError "[method] rule, not value" where holds is false.
inline void require(const char* method, bool holds, const char* rule, double value) {
  if (holds) return;
  throw ValueError("[" + std::string(method) + "] " + rule + ", not " + std::to_string(value));
}

}  // namespace credence::bayes

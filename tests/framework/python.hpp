// The Python interpreters that tests compare with, where they have the packages for it.
#pragma once

#include <cstdlib>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::test {

/// The interpreter $`variable`, else python3, where it can import `packages` ("numpy,
/// onnxruntime"). Else empty, and a message of the test says so.
inline std::string python_with(const char* variable, const std::string& packages) {
  const char* const chosen = std::getenv(variable);
  const std::string python = chosen != nullptr ? chosen : "python3";
  const std::string command = "'" + python + "' -c 'import " + packages + "' >/dev/null 2>&1";
  if (std::system(command.c_str()) == 0) return python;
  BOOST_TEST_MESSAGE("skipped: " << python << " has not the packages " << packages);
  return {};
}

}  // namespace credence::test

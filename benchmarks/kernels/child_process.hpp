// Another program, run to its end.
#pragma once

#include <string>
#include <vector>

namespace credence::benchmarks {

struct ChildResult {
  int status = 0;      ///< exit status; 128 + the signal where one ended it
  std::string output;  ///< what it wrote to stdout and stderr
};

/// Runs `program`, which is looked for in PATH where it has no "/". Throws Error where it cannot be
/// started.
ChildResult run_child(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace credence::benchmarks

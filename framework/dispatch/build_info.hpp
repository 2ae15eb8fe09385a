// What a program was built from and what it can use here.
#pragma once

#include <string>

namespace credence {

struct BuildInfo {
  std::string version;   ///< the framework's: "0.1.0"
  std::string compiler;  ///< "g++ 12.2.0"
  std::string
      instruction_sets;  ///< of the CPU kernels that this processor can run, with spaces between
  std::string cuda;      ///< "built in (NVIDIA H200, 140 GiB)" or "not built in"
};

BuildInfo build_info();

/// A program's answer to --version: its name and version, then a line for each other part; no end
/// of line after the last.
std::string version_text(const std::string& program);

}  // namespace credence

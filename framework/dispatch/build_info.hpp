// What a program was built with, and what it can use on this machine.
#pragma once

#include <string>

namespace credence {

/// One text for each fact.
struct BuildInfo {
  std::string version;   ///< the framework's: "0.1.0"
  std::string compiler;  ///< name and version: "g++ 12.2.0"
  std::string
      instruction_sets;  ///< of the CPU kernels that this processor can run, with spaces between
  std::string cuda;      ///< "built in (NVIDIA H200, 140 GiB)" or "not built in"
};

/// Looks for a CUDA device at the first call.
BuildInfo build_info();

/// The output of --version: the program's name and version, then one line each for the compiler,
/// the instruction sets and CUDA, without a final newline.
std::string version_text(const std::string& program);

}  // namespace credence

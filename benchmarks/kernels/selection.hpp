// Which cases a run has.
#pragma once

#include "benchmarks/kernels/options.hpp"

#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace credence::benchmarks {

struct Selection {
  std::vector<Case> cases;
  /// All cases of these kernels and shapes on the CPU, the framework's among them, for comparison.
  std::vector<Case> references;
  std::vector<std::string> remarks;  ///< what was asked for and is not timed, and why
};

/// The program's own list, or the problems that are asked for, as far as the filter lets them pass.
/// Throws ValueError for a filter that is no regular expression, FileError for a list.
Selection select_cases(const Options& options, Device device);

/// Passes names in which a regular expression is found; with "-" in front the others. Throws
/// ValueError.
class NameFilter {
 public:
  explicit NameFilter(const std::string& text);
  bool passes(const std::string& name) const;

 private:
  std::optional<std::regex> expression_;  // none for the empty text
  bool negative_ = false;
};

/// The command that times this case alone: "credence-kernels --threads 1 --conv … --filter '^…$'".
std::string command_for(const Case& item, const Options& options);

}  // namespace credence::benchmarks

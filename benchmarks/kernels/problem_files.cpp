// Where lists of problems lie: files of the user's, and those that come with the program, in
// `problems` beside the program in a build folder, in share/credence/problems where it is
// installed.
#include "benchmarks/kernels/problem.hpp"
#include "framework/base/error.hpp"
#include "framework/io/input_file.hpp"

#include <algorithm>

#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

constexpr const char* kEnding = ".txt";

std::filesystem::path shipped_folder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = program.parent_path() / "problems";
  if (std::filesystem::is_directory(beside, error)) return beside;
  return program.parent_path().parent_path() / "share" / "credence" / "problems";
}

}  // namespace

std::vector<std::string> shipped_problem_lists() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(shipped_folder(), error)) {
    if (entry.path().extension() == kEnding) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

ProblemList read_problems(const std::string& file_or_name) {
  std::filesystem::path file = file_or_name;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    const std::filesystem::path shipped = shipped_folder() / (file_or_name + kEnding);
    if (!std::filesystem::exists(shipped, error)) {
      throw FileError(file_or_name,
                      fmt::format("is neither a file nor a list that comes with the program ({})",
                                  fmt::join(shipped_problem_lists(), ", ")));
    }
    file = shipped;
  }
  constexpr std::uint64_t kMostBytes = 1 << 24;
  return parse_problems(io::read_file(file, "a list of problems", kMostBytes), file.string());
}

}  // namespace credence::benchmarks

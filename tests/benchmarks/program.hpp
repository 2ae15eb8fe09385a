// Runs a program and reads its output.
#pragma once

#include "tests/data/temporary_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/wait.h>

namespace credence::test {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::ptrdiff_t line_count(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

struct Outcome {
  int status = -1;  ///< exit status; -1 where the program did not exit by itself
  std::string out;
  std::string err;
};

/// Runs `program` where no data set is found unless `environment` ("NAME=value") names one.
inline Outcome run_program(const std::string& program, const std::vector<std::string>& arguments,
                           const std::vector<std::string>& environment = {}) {
  const TemporaryFolder folder;
  const auto quoted = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4) {
      text.replace(at, 1, "'\\''");
    }
    return " '" + text + "'";
  };
  std::string command = "env CREDENCE_DATA=" + quoted("XDG_CACHE_HOME=" + folder.path().string());
  for (const std::string& variable : environment) command += quoted(variable);
  command += quoted(program);
  for (const std::string& argument : arguments) command += quoted(argument);
  const std::filesystem::path out = folder.path() / "out";
  const std::filesystem::path err = folder.path() / "err";
  command += " </dev/null >" + quoted(out.string()) + " 2>" + quoted(err.string());
  const int result = std::system(command.c_str());
  return {WIFEXITED(result) ? WEXITSTATUS(result) : -1, read_text(out), read_text(err)};
}

/// The same, with one SIGINT after so many seconds.
inline Outcome run_interrupted(double seconds, const std::string& program,
                               std::vector<std::string> arguments) {
  // In the foreground: otherwise timeout signals the process and its group, which is twice.
  arguments.insert(arguments.begin(), {"--foreground", "--preserve-status", "--signal=INT",
                                       std::to_string(seconds), program});
  return run_program("timeout", arguments);
}

}  // namespace credence::test

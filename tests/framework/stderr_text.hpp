// What a test's code writes to stderr.
#pragma once

#include "tests/data/temporary_folder.hpp"

#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace credence::test {

/// What `function` writes to stderr, which is a file meanwhile.
inline std::string on_stderr(const std::function<void()>& function) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "stderr";
  std::fflush(stderr);
  const int old = dup(STDERR_FILENO);
  const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  if (old < 0 || file < 0) throw std::runtime_error("stderr cannot be read");
  dup2(file, STDERR_FILENO);
  function();
  std::fflush(stderr);
  dup2(old, STDERR_FILENO);
  close(file);
  close(old);
  return read_file(path);
}

}  // namespace credence::test

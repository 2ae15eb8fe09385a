// The error of a system call on a file.
#pragma once

#include "framework/base/error.hpp"

#include <filesystem>
#include <string>
#include <system_error>

namespace credence::io {

/// Throws FileError "path: what: the system's text for error_number", a value of errno.
[[noreturn]] inline void fail(const std::filesystem::path& path, const std::string& what,
                              int error_number) {
  throw FileError(path.string(), what + ": " + std::generic_category().message(error_number));
}

}  // namespace credence::io

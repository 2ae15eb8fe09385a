// Fuzz targets: functions that take any bytes. libFuzzer searches for bytes with which one fails
// (libfuzzer.cpp), and the test suite calls each with its seeds and with all inputs that once
// failed (fuzz_test.cpp).
#pragma once

#include "framework/base/error.hpp"
#include "framework/core/tensor.hpp"
#include "tests/data/temporary_folder.hpp"

#include <cstring>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace credence::fuzz {

struct Target {
  std::string name;  ///< of its file in tests/fuzz/targets and of its folder in tests/fuzz/inputs
  /// Returns, whatever the bytes are. An exception, a signal, a report of a sanitizer, too much
  /// memory and too much time are findings.
  std::function<void(std::string_view bytes)> run;
  std::function<std::vector<std::string>()> seeds;  ///< inputs from which the search begins
};

/// Calls `read`. That the library refuses what it is given, by an Error, is no finding.
template <class Read>
void read_or_refuse(const Read& read) {
  try {
    read();
  } catch (const Error&) {
  }
}

/// Throws where a result is wrong.
inline void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

inline bool same_tensor(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(a.raw_data(), b.raw_data(), a.bytes()) == 0;
}

/// The path of a file of this name with these bytes, which the next call for the name replaces.
inline std::filesystem::path file_of(std::string_view bytes, const std::string& name = "input") {
  static const test::TemporaryFolder folder;
  return folder.write(name, bytes);
}

}  // namespace credence::fuzz

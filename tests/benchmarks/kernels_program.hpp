// Runs of credence-kernels.
#pragma once

#include "tests/benchmarks/program.hpp"

#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::test {

/// Runs credence-kernels with these arguments. Nothing where it is not built.
inline std::optional<Outcome> run_kernels_as_given(const std::vector<std::string>& arguments) {
  if (std::string(CREDENCE_KERNELS).empty()) {
    BOOST_TEST_MESSAGE("skipped: credence-kernels is not built, Google Benchmark is missing");
    return std::nullopt;
  }
  return run_program(CREDENCE_KERNELS, arguments);
}

/// The same on one thread with the shortest measuring time.
inline std::optional<Outcome> run_kernels(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--threads", "1", "--benchmark_min_time=0.001"});
  return run_kernels_as_given(arguments);
}

}  // namespace credence::test

// What is of use after a run.
#pragma once

#include "benchmarks/driver/options.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// Up to three commands that go on from a finished run with these options: they read the files that
/// it left in --out. None without --out.
std::vector<std::string> next_commands(const Options& options);

}  // namespace credence::benchmarks

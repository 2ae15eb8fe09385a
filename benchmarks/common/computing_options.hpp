// The options of where and how to compute, for the command lines of all programs.
#pragma once

#include "benchmarks/common/device.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace credence::benchmarks {

/// --device, which takes those of the names auto, cpu and cuda that the program knows.
CLI::Option* add_device(CLI::App& app, DeviceChoice& device, const std::vector<std::string>& names,
                        const std::string& description);

/// --precision, which takes the names fp32, tf32 and bf16, in the order that the help shows.
CLI::Option* add_precision(CLI::App& app, Precision& precision,
                           const std::vector<std::string>& names, const std::string& description);

/// --threads
CLI::Option* add_threads(
    CLI::App& app, int& threads,
    const std::string& description = "Threads that compute (default: all cores)");

}  // namespace credence::benchmarks

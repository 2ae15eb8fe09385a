// What an earlier run of credence-kernels measured.
#pragma once

#include "framework/device/device.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace credence::benchmarks {

struct Measurement {
  std::string kernel;
  std::string shape;
  std::string implementation;
  std::string label;
  double gflops = 0;  ///< 0 where the arithmetic is not counted
  double gigabytes = 0;
  double nanoseconds_per_element = 0;
  std::vector<double> microseconds{};  ///< of one call, for each repetition
  /// The same at the clock of the peak, and the probe's GF/s around the case; empty where unknown.
  std::vector<double> at_peak{};
  std::vector<double> probes{};

  /// "kernel/shape/implementation"
  std::string name() const { return kernel + "/" + shape + "/" + implementation; }
  /// Whether its shape is in the notation of problems (problem.hpp), not one of the program's list.
  bool is_own_problem() const {
    return shape.find(':') != std::string::npos || shape.starts_with("mb") ||
           (shape.starts_with('g') && shape.find("mb") != std::string::npos);
  }
  /// Operations for each byte that is moved at least.
  double intensity() const { return gflops / gigabytes; }
};

/// The case of a run that Google Benchmark calls "kernel/shape/implementation/manual_time", with
/// its names alone.
Measurement named(const std::string& run_name);

/// A level of memory, as a run measured it.
struct MemoryLevel {
  std::string name;      ///< "L2", "cache", "memory"
  double capacity = 0;   ///< bytes; infinite for memory
  double bandwidth = 0;  ///< GB/s
};

struct Measurements {
  Device device = Device::cpu;
  std::string processor;             ///< on cuda the card's name and memory
  std::string instruction_set;       ///< of the CPU's kernels; empty on cuda
  int threads = 1;                   ///< on the CPU
  std::string peak_instruction_set;  ///< of the CPU's multiply-adds; empty where unknown
  double peak_gflops = 0;
  double one_thread_gflops = 0;     ///< the peak of one thread; 0 on cuda
  std::vector<MemoryLevel> levels;  ///< the smallest first; none in files of the first versions
  double cache_bandwidth = 0;       ///< GB/s, of the last-level cache
  double memory_bandwidth = 0;      ///< GB/s
  std::vector<Measurement> all;     ///< medians, where a case was repeated
};

/// The text of a JSON file of Google Benchmark, in which numbers that are none are null, as JSON
/// has it: Google Benchmark writes NaN where it divides deviations of 0 by means of 0.
std::string valid_json(std::string text);

/// Reads a JSON file of credence-kernels. Throws FileError where it is none.
Measurements read_measurements(const std::filesystem::path& file);

}  // namespace credence::benchmarks

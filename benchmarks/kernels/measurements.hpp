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

  /// Operations for each byte that is moved at least.
  double intensity() const { return gflops / gigabytes; }
};

struct Measurements {
  Device device = Device::cpu;
  std::string processor;        ///< on cuda the card's name and memory
  std::string instruction_set;  ///< of the CPU's kernels; empty on cuda
  int threads = 1;              ///< on the CPU
  double peak_gflops = 0;
  double cache_bandwidth = 0;    ///< GB/s, of the last-level cache
  double memory_bandwidth = 0;   ///< GB/s
  std::vector<Measurement> all;  ///< medians, where a case was repeated
};

/// Reads a JSON file of credence-kernels. Throws FileError where it is none.
Measurements read_measurements(const std::filesystem::path& file);

}  // namespace credence::benchmarks

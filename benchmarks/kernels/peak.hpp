// What the machine can do at best, by experiment: the ceilings that kernels are held against.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// How fast one way to walk through arrays is.
struct Walk {
  const char* name;
  double gigabytes;  ///< per second
};

/// Bytes moved per second. Counted as the program sees it, every array read or written once: that a
/// store first fetches its line is not counted (as in McCalpin's STREAM).
struct Bandwidth {
  std::string level;       ///< "L2", "cache", "memory"
  double capacity = 0;     ///< bytes that fit at this level
  double working_set = 0;  ///< bytes of the arrays that were walked
  std::vector<Walk> walks{};

  /// The highest of them, in GB/s: no kernel moves more.
  double best() const;
};

struct Peaks {
  std::string instruction_set;         ///< of the CPU's multiply-adds, the widest that it has
  double gflops = 0;                   ///< float32, two operations for each multiply-add
  std::vector<Bandwidth> bandwidth{};  ///< the smallest and fastest level first, memory last

  /// The highest bandwidth, in GB/s, of the level that holds arrays of so many bytes.
  double bandwidth_for(double footprint) const;
};

/// Measures the CPU with so many threads, in about half a second: independent multiply-adds, and
/// the levels L2 (second-level caches of these threads), cache (beyond them, the last level) and
/// memory. What else the machine does lowers the result, though the best of several attempts
/// counts.
Peaks measure_peaks(int threads);

/// What measure_device_peaks works on.
struct DeviceSizes {
  std::int64_t matrix;  ///< extent of square matrices
  double cache;         ///< bytes that the device's cache holds
  double memory;        ///< bytes of arrays that are far larger
};

/// Sizes for the device at hand. Throws Error where there is none.
DeviceSizes device_sizes();

/// Measures the CUDA device by the framework's own kernels: the fastest product of square matrices,
/// of all four transpositions, and the levels cache (the fastest of several working sets that fit)
/// and memory.
Peaks measure_device_peaks(const DeviceSizes& sizes);

}  // namespace credence::benchmarks

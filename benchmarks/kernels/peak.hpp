// What the machine can do at best, by experiment: the ceilings that kernels are held against.
#pragma once

#include <array>
#include <string>

namespace credence::benchmarks {

/// Bytes moved per second, in GB/s, by threads that each walk arrays of their own. Counted as the
/// program sees it, every array read or written once: that a store first fetches its line is not
/// counted (as in McCalpin's STREAM).
struct Bandwidth {
  double capacity = 0;     ///< bytes that fit at this level, of all threads together
  double working_set = 0;  ///< bytes of the arrays that were walked
  double read = 0;         ///< sum of x
  double copy = 0;         ///< y = x by the C library's memcpy, which may store past the caches
  double update = 0;       ///< x = factor · x
  double triad = 0;        ///< y = a + factor · b

  /// The highest of the four: no kernel moves more.
  double best() const;
};

struct Peaks {
  std::string instruction_set;  ///< of the multiply-adds, the widest that the processor has
  double gflops = 0;            ///< float32, two operations for each multiply-add
  /// Within second-level caches; beyond them, within the last-level cache; in memory.
  std::array<Bandwidth, 3> bandwidth;

  static constexpr std::array<const char*, 3> kLevels{"L2", "cache", "memory"};

  /// The highest bandwidth, in GB/s, of the level that holds arrays of so many bytes.
  double bandwidth_for(double footprint) const;
};

/// Measures with so many threads, in about half a second. What else the machine does lowers the
/// result, though the best of several attempts counts.
Peaks measure_peaks(int threads);

}  // namespace credence::benchmarks

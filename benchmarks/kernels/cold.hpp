// Calls whose inputs are not in the caches.
#pragma once

#include "benchmarks/kernels/cases.hpp"
#include "benchmarks/kernels/peak.hpp"

#include <vector>

namespace credence::benchmarks {

/// Empties the data caches by walking through an array of twice the size of the last level, which
/// each thread of the kernels updates a share of.
class CacheEraser {
 public:
  /// `last_level` is the capacity of the last cache in bytes.
  explicit CacheEraser(double last_level);

  void erase() const;
  /// The bandwidth, in GB/s, that one thread sees when it reads an array of so many bytes after
  /// erase(): that of memory, if the caches are empty. Arrays of less than 256 KiB are read as one
  /// of 256 KiB, because the clock could not time them.
  double bandwidth_after(double bytes) const;

 private:
  Tensor walked_;
};

struct ColdTime {
  double seconds = 0;    ///< median of one call
  double gigabytes = 0;  ///< what bandwidth_after() saw, per second
};

/// Times single calls, the caches emptied before each: at least three, for half a second.
ColdTime cold_time(const Call& call, const CacheEraser& eraser, double footprint);

/// Times calls that take turns on copies of the operands, so many that they are together twice as
/// large/// as the last cache, but not more than 4096, nor more than can be called in a second (at
/// least two): no call finds what the one before left in a cache. `warm` is the time of a call in
/// seconds.
double rotated_time(const Case& item, double last_level, double warm);

}  // namespace credence::benchmarks

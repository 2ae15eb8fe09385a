// The bandwidth of the level of memory that holds an array.
#include "benchmarks/kernels/peak.hpp"

#include <algorithm>

namespace credence::benchmarks {

double Bandwidth::best() const {
  double highest = 0;
  for (const Walk& walk : walks) highest = std::max(highest, walk.gigabytes);
  return highest;
}

double Peaks::bandwidth_for(double footprint) const {
  for (const Bandwidth& level : bandwidth) {
    if (footprint <= level.capacity) return level.best();
  }
  return bandwidth.back().best();
}

}  // namespace credence::benchmarks

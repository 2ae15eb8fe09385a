// The processor's own counters, through perf_event_open(2).
#pragma once

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace credence::benchmarks {

/// Counts of one call.
struct Counts {
  double cycles = 0;
  std::vector<std::pair<std::string, double>> events;  ///< "instructions", "L1_misses", "LL_misses"
};

/// Counts what this process does in user mode, threads that are created later included. An event
/// that the processor does not have is left out; L2 misses have no name that all processors share.
class HardwareCounters {
 public:
  /// Opens the counters.
  HardwareCounters();
  ~HardwareCounters();
  HardwareCounters(const HardwareCounters&) = delete;
  HardwareCounters& operator=(const HardwareCounters&) = delete;

  /// Why there are none: "no counter for cycles: No such file or directory …"; empty where there
  /// are.
  const std::string& unavailable() const { return unavailable_; }

  /// Counts for each of so many calls. Where the processor has fewer counters than events, each
  /// counts a part of the time, and is scaled up.
  Counts count(const std::function<void()>& call, int calls) const;

 private:
  struct Event {
    const char* name;
    int file;
  };
  std::vector<Event> events_;
  std::string unavailable_;
};

}  // namespace credence::benchmarks

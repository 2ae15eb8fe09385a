// The threads that share a loop with the caller of parallel_for. thread_team.cpp takes them from
// OpenMP. A build without OpenMP compiles thread_team_serial.cpp in its place.
#pragma once

#include "framework/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

namespace credence {

/// A call of parallel_for on which several threads work. Each takes the next range until none is
/// left.
struct SharedLoop {
  FunctionRef<void(std::int64_t, std::int64_t)> body;
  std::int64_t count;
  std::int64_t grain;
  std::int64_t ranges;
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure{};  ///< the first exception; the ranges after it do not run

  /// Runs ranges on this thread until none is left or one has thrown.
  void work() {
    for (;;) {
      const std::int64_t range = next.fetch_add(1, std::memory_order_relaxed);
      if (range >= ranges || failed.load(std::memory_order_relaxed)) return;
      try {
        body(range * grain, std::min(count, (range + 1) * grain));
      } catch (...) {
        if (!failed.exchange(true)) failure = std::current_exception();
      }
    }
  }
};

namespace thread_team {

/// The number of threads of a loop where set_num_threads was not called (see num_threads).
int default_threads();

/// Whether the caller is a thread of a running loop, or inside a parallel region of its own
/// program.
bool inside_parallel_region();

/// Runs the loop on this thread and on up to `threads` - 1 others. Returns true once all ranges are
/// done. Returns false, with nothing done, where another thread's loop is using the team.
bool run(SharedLoop& loop, int threads);

}  // namespace thread_team
}  // namespace credence

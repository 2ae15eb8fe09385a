// The threads that share a loop with the caller of parallel_for. thread_team.cpp takes them from
// OpenMP; thread_team_serial.cpp stands in for it in a build without OpenMP.
#pragma once

#include "framework/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

namespace credence {

/// One call of parallel_for that several threads work on: each takes the next range until none is
/// left.
struct SharedLoop {
  FunctionRef<void(std::int64_t, std::int64_t)> body;
  std::int64_t count;
  std::int64_t grain;
  std::int64_t ranges;
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure{};  ///< the first exception; the ranges after it are left out

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

/// The threads of a loop where set_num_threads was not called (see num_threads).
int default_threads();

/// Whether the caller is one of the threads of a loop, or of a parallel region of its own program.
bool inside_parallel_region();

/// Runs the loop on this thread and on up to `threads` - 1 others, and returns once all ranges are
/// done. Returns false, with nothing done, where the others work on a loop of another thread.
bool run(SharedLoop& loop, int threads);

}  // namespace thread_team
}  // namespace credence

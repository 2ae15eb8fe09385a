// parallel_for: how a loop is cut into ranges and which threads run it.
#include "framework/core/parallel.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/core/thread_team.hpp"

#include <string>

namespace credence {
namespace {

std::atomic<int> requested_threads{0};  // 0: the default

}  // namespace

int num_threads() {
  const int requested = requested_threads.load(std::memory_order_relaxed);
  return requested > 0 ? requested : thread_team::default_threads();
}

void set_num_threads(int threads) {
  if (threads < 1 || threads > kMaxThreads) {
    throw ValueError("[threads] " + counted(threads, "thread") + " asked for, 1 to " +
                     std::to_string(kMaxThreads) + " are possible");
  }
  requested_threads.store(threads, std::memory_order_relaxed);
}

void parallel_for(std::int64_t count, std::int64_t grain,
                  FunctionRef<void(std::int64_t, std::int64_t)> body) {
  if (count <= 0) return;
  grain = std::max<std::int64_t>(grain, 1);
  const std::int64_t ranges = (count + grain - 1) / grain;
  const auto threads = static_cast<int>(std::min<std::int64_t>(num_threads(), ranges));
  if (threads > 1 && !thread_team::inside_parallel_region()) {
    SharedLoop loop{body, count, grain, ranges};
    if (thread_team::run(loop, threads)) {
      if (loop.failure) std::rethrow_exception(loop.failure);
      return;
    }
  }
  for (std::int64_t range = 0; range < ranges; ++range) {
    body(range * grain, std::min(count, (range + 1) * grain));
  }
}

}  // namespace credence

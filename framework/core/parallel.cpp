#include "framework/core/parallel.hpp"

#include "framework/core/error.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace credence {
namespace {

std::atomic<int> requested_threads{0};  // 0: OpenMP's default

}  // namespace

int num_threads() {
#ifdef _OPENMP
  const int requested = requested_threads.load(std::memory_order_relaxed);
  return requested > 0 ? requested : omp_get_max_threads();
#else
  return 1;
#endif
}

void set_num_threads(int threads) {
  if (threads < 1) {
    throw ValueError("[threads] " + std::to_string(threads) +
                     " threads asked for, at least 1 needed");
  }
  requested_threads.store(threads, std::memory_order_relaxed);
}

void parallel_for(std::int64_t count, std::int64_t grain,
                  FunctionRef<void(std::int64_t, std::int64_t)> body) {
  if (count <= 0) return;
  grain = std::max<std::int64_t>(grain, 1);
  const std::int64_t ranges = (count + grain - 1) / grain;
  const auto run_range = [&](std::int64_t range) {
    body(range * grain, std::min(count, (range + 1) * grain));
  };
#ifdef _OPENMP
  const int threads = static_cast<int>(std::min<std::int64_t>(num_threads(), ranges));
  if (threads > 1 && omp_in_parallel() == 0) {
    std::exception_ptr failure;
    std::atomic<bool> failed{false};
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (std::int64_t range = 0; range < ranges; ++range) {
      if (failed.load(std::memory_order_relaxed)) continue;
      try {
        run_range(range);
      } catch (...) {
        if (!failed.exchange(true)) failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  for (std::int64_t range = 0; range < ranges; ++range) run_range(range);
}

}  // namespace credence

// A pool of threads that share out the ranges of one loop at a time. The caller works too, and
// waits only for ranges that a worker has begun: a worker that the system has not scheduled costs
// nothing, where a barrier of all threads (as at the end of an OpenMP region) would stall the loop
// for milliseconds on a machine that others use as well.
#include "framework/core/parallel.hpp"

#include "framework/core/counted.hpp"
#include "framework/core/error.hpp"
#include "framework/core/thread_count.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace credence {
namespace {

std::atomic<int> requested_threads{0};  // 0: the default

// Whether this thread is inside a body: what that calls runs serially.
thread_local bool inside_body = false;

int default_threads() {
  static const int threads = [] {
    const char* const variable = std::getenv("OMP_NUM_THREADS");
    const auto wanted = variable == nullptr ? std::nullopt : threads_of_omp_list(variable);
    return wanted ? *wanted : available_cores();
  }();
  return threads;
}

void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// About 20 µs: longer than the pause between two loops of a training step, far shorter than a time
// slice.
constexpr int kSpins = 2000;

struct Loop {
  FunctionRef<void(std::int64_t, std::int64_t)> body;
  std::int64_t count;
  std::int64_t grain;
  std::int64_t ranges;
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure{};

  void work() {
    inside_body = true;
    for (;;) {
      const std::int64_t range = next.fetch_add(1, std::memory_order_relaxed);
      if (range >= ranges || failed.load(std::memory_order_relaxed)) break;
      try {
        body(range * grain, std::min(count, (range + 1) * grain));
      } catch (...) {
        if (!failed.exchange(true)) failure = std::current_exception();
      }
    }
    inside_body = false;
  }
};

class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  ~Pool() {
    stopping_.store(true);
    state_.fetch_add(kGeneration);
    state_.notify_all();
  }

  // Runs the loop on this thread and up to threads - 1 workers. False where another thread's loop
  // has the workers.
  bool run(Loop& loop, int threads) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    start_workers(threads - 1);
    loop_ = &loop;
    helpers_ = threads - 1;
    state_.fetch_add(kGeneration + kOpen, std::memory_order_release);
    state_.notify_all();
    loop.work();
    state_.fetch_sub(kOpen, std::memory_order_relaxed);
    for (int spins = 0;; ++spins) {
      const std::uint32_t state = state_.load(std::memory_order_acquire);
      if (state % kOpen == 0) return true;
      if (spins < kSpins) {
        pause_core();
      } else {
        state_.wait(state);
      }
    }
  }

 private:
  // state_ counts the workers inside the loop (below kOpen), says whether more may enter (kOpen),
  // and numbers the loops (from kGeneration on).
  static constexpr std::uint32_t kOpen = 1U << 12;
  static constexpr std::uint32_t kGeneration = 1U << 13;

  // Where the system allows no more threads, the loop does with those there are.
  void start_workers(int count) {
    try {
      while (static_cast<int>(workers_.size()) < count) {
        const int index = static_cast<int>(workers_.size());
        workers_.emplace_back([this, index] { serve(index); });
      }
    } catch (const std::system_error&) {
    }
  }

  void serve(int index) {
    std::uint32_t seen = 0;
    while (!stopping_.load(std::memory_order_relaxed)) {
      std::uint32_t state = await(seen);
      seen = state / kGeneration;
      if (state / kOpen % 2 == 0 || index >= helpers_.load(std::memory_order_relaxed)) continue;
      // Enters only while that very loop is open: from then on the caller waits for this worker.
      if (!enter(state)) continue;
      if (index < helpers_.load(std::memory_order_relaxed)) loop_.load()->work();
      if ((state_.fetch_sub(1, std::memory_order_release) - 1) % kGeneration == 0) {
        state_.notify_all();
      }
    }
  }

  // The first state of a loop that this worker has not seen.
  std::uint32_t await(std::uint32_t seen) const {
    for (int spins = 0;; ++spins) {
      const std::uint32_t state = state_.load(std::memory_order_acquire);
      if (state / kGeneration != seen) return state;
      if (spins < kSpins) {
        pause_core();
      } else {
        state_.wait(state);
      }
    }
  }

  bool enter(std::uint32_t state) {
    const std::uint32_t generation = state / kGeneration;
    while (state / kGeneration == generation && state / kOpen % 2 == 1) {
      if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire)) return true;
    }
    return false;
  }

  std::mutex mutex_;
  std::atomic<std::uint32_t> state_{0};
  std::atomic<Loop*> loop_{nullptr};
  std::atomic<int> helpers_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::jthread> workers_;  // last, so that they end before what they use
};

Pool& pool() {
  static Pool pool;
  return pool;
}

}  // namespace

int num_threads() {
  const int requested = requested_threads.load(std::memory_order_relaxed);
  return requested > 0 ? requested : default_threads();
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
  if (threads > 1 && !inside_body) {
    Loop loop{body, count, grain, ranges};
    if (pool().run(loop, threads)) {
      if (loop.failure) std::rethrow_exception(loop.failure);
      return;
    }
  }
  for (std::int64_t range = 0; range < ranges; ++range) {
    body(range * grain, std::min(count, (range + 1) * grain));
  }
}

}  // namespace credence

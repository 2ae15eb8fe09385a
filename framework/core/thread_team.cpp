// A team of OpenMP threads that wait for loops.
//
// The usual way is one parallel region for each loop. Each region ends in a barrier of all its
// threads. On a machine with other busy processes, the barrier waits for a thread that the system
// has not scheduled, and spins meanwhile (docs/performance.md has measurements). Here one parallel
// region stays open from the first loop on. Its threads spin for a few microseconds between loops
// and then sleep. The caller waits only for threads that have begun a range.
//
// A separate thread enters the region, so that the region stays open when the caller goes on. The
// region has as many threads as the loop. The one that OMP_PROC_BIND and OMP_PLACES put at the
// caller's place sleeps, and the others work. Which one that is depends on the runtime library:
// libgomp puts the separate thread at the caller's place, LLVM's puts it at the next place.
#include "framework/core/thread_team.hpp"

#include "framework/core/cpu_quota.hpp"

#include <cmath>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include <omp.h>

namespace credence::thread_team {
namespace {

// Whether this thread works on a loop at the moment.
thread_local bool inside_loop = false;

void work_on(SharedLoop& loop) {
  inside_loop = true;
  loop.work();
  inside_loop = false;
}

void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// About 20 µs, which is longer than the pause between two loops of a training step and far shorter
// than a time slice.
constexpr int kSpins = 2000;

class Team {
 public:
  Team() = default;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team() { close(); }

  bool run(SharedLoop& loop, int threads) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    if (threads - 1 > workers_) open(threads - 1);
    loop_ = &loop;
    wanted_ = threads - 1;
    state_.fetch_add(kGeneration + kOpen, std::memory_order_release);
    state_.notify_all();
    work_on(loop);
    state_.fetch_sub(kOpen, std::memory_order_relaxed);
    for (int spins = 0;; ++spins) {
      const std::uint32_t state = state_.load(std::memory_order_acquire);
      if (state % kOpen == 0) return true;
      wait_for_change(state, spins);
    }
  }

 private:
  // state_ holds three numbers: the count of threads inside the loop (below kOpen), whether more
  // threads may enter (kOpen), and the number of the loop (from kGeneration on).
  static constexpr std::uint32_t kOpen = 1U << 12;
  static constexpr std::uint32_t kGeneration = 1U << 13;

  // Where the system or OMP_THREAD_LIMIT allows fewer threads, loops use those that exist.
  void open(int workers) {
    close();
    closing_.store(false);
    workers_ = workers;
    sleeper_.store(kNone);
    caller_place_ = omp_get_place_num();
    try {
      holder_ = std::thread([this, workers] { hold_region(workers); });
    } catch (const std::exception&) {
      // No thread, or no memory for one: the next loop tries again.
      workers_ = 0;
    }
  }

  void close() {
    if (!holder_.joinable()) return;
    closing_.store(true);
    closing_.notify_all();
    state_.fetch_add(kGeneration);
    state_.notify_all();
    holder_.join();
  }

  void hold_region(int workers) {
#pragma omp parallel num_threads(workers + 1)
    {
      const int thread = omp_get_thread_num();
      int none = kNone;
      // Places are not negative; without them thread 0 sleeps.
      if (caller_place_ >= 0 && omp_get_place_num() == caller_place_) {
        sleeper_.compare_exchange_strong(none, thread);
      }
#pragma omp barrier
      none = kNone;
      sleeper_.compare_exchange_strong(none, 0);
      const int threads = omp_get_num_threads();
      const int after_sleeper = (thread - sleeper_.load() + threads) % threads;
      if (after_sleeper == 0) {
        closing_.wait(false);
      } else {
        serve(after_sleeper - 1);
      }
    }
  }

  void serve(int index) {
    std::uint32_t seen = 0;
    while (!closing_.load(std::memory_order_relaxed)) {
      const std::uint32_t state = await_loop_after(seen);
      seen = state / kGeneration;
      if (state / kOpen % 2 == 0 || index >= wanted_.load(std::memory_order_relaxed)) continue;
      // A thread enters only while that loop is open. From then on the caller waits for it.
      if (!enter(state)) continue;
      if (index < wanted_.load(std::memory_order_relaxed)) work_on(*loop_.load());
      if ((state_.fetch_sub(1, std::memory_order_release) - 1) % kGeneration == 0) {
        state_.notify_all();
      }
    }
  }

  // Waits for a loop that this thread has not seen, and returns the state.
  std::uint32_t await_loop_after(std::uint32_t seen) const {
    for (int spins = 0;; ++spins) {
      const std::uint32_t state = state_.load(std::memory_order_acquire);
      if (state / kGeneration != seen) return state;
      wait_for_change(state, spins);
    }
  }

  void wait_for_change(std::uint32_t state, int spins) const {
    if (spins < kSpins) {
      pause_core();
    } else {
      state_.wait(state);
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
  std::atomic<SharedLoop*> loop_{nullptr};
  std::atomic<int> wanted_{0};
  std::atomic<bool> closing_{false};
  static constexpr int kNone = -1;
  std::atomic<int> sleeper_{kNone};  // the thread of the region that does not work
  int caller_place_ = -1;            // of the thread that opened the region
  int workers_ = 0;
  std::thread holder_;
};

Team& team() {
  static Team team;
  return team;
}

// The cores that the cgroup's CPU quota leaves, rounded up; kMaxThreads without a quota.
int cores_of_quota() {
  static const int cores = [] {
    const std::optional<double> quota = cgroup_cpu_quota();
    return quota && *quota < kMaxThreads ? static_cast<int>(std::ceil(*quota)) : kMaxThreads;
  }();
  return cores;
}

// Whether the user or the program chose this number of threads, which OpenMP reports. A text in
// OMP_NUM_THREADS that OpenMP ignores chooses nothing.
bool chosen(int threads) {
  static const int cores = omp_get_num_procs();
  static const bool cores_by_user = [] {
    const char* const variable = std::getenv("OMP_NUM_THREADS");
    return variable != nullptr && std::strtol(variable, nullptr, 10) == cores;
  }();
  return threads != cores || cores_by_user;
}

}  // namespace

int default_threads() {
  const int given = omp_get_max_threads();
  // A number beyond the range of int arrives as a negative one.
  const int wanted = given < 1 ? kMaxThreads : given;
  const int threads = std::min({wanted, omp_get_thread_limit(), kMaxThreads});
  return chosen(given) ? threads : std::min(threads, cores_of_quota());
}

bool inside_parallel_region() { return inside_loop || omp_in_parallel() != 0; }

bool run(SharedLoop& loop, int threads) { return team().run(loop, threads); }

}  // namespace credence::thread_team

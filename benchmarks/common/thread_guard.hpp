// The number of threads for a while.
#pragma once

#include "framework/core/parallel.hpp"

namespace credence::benchmarks {

/// While an object is alive, loops run on so many threads; then on as many as before.
class ThreadGuard {
 public:
  explicit ThreadGuard(int threads) { set_num_threads(threads); }
  ~ThreadGuard() { set_num_threads(before_); }
  ThreadGuard(const ThreadGuard&) = delete;
  ThreadGuard& operator=(const ThreadGuard&) = delete;

 private:
  int before_ = num_threads();
};

}  // namespace credence::benchmarks

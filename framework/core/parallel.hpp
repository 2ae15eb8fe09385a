// Loops that several threads share. OpenMP supplies the threads (see thread_team.hpp).
#pragma once

#include "framework/base/function_ref.hpp"

#include <cstdint>

namespace credence {

/// The largest number of threads that set_num_threads accepts.
inline constexpr int kMaxThreads = 1024;

/// The number of threads that parallel_for uses: the last number given to set_num_threads, or else
/// what OpenMP gives a parallel region (omp_get_max_threads: the environment variable
/// OMP_NUM_THREADS, or else the cores that this process may run on; at most OMP_THREAD_LIMIT).
/// Where neither the user nor the program chose a number, it is at most the CPU quota of the
/// process's cgroup, rounded up. It is 1 in a build without OpenMP.
int num_threads();
/// Sets the number of threads for all later loops. Throws ValueError below 1 and above kMaxThreads.
void set_num_threads(int threads);

/// Calls body(begin, end) for the ranges [0, grain), [grain, 2 grain), … that make up [0, count),
/// several at a time on OpenMP threads. The ranges do not depend on the number of threads: a
/// reduction that stores one partial result per range and adds them in order gives the same bits
/// with any number of threads. A call runs serially inside a body, inside an OpenMP parallel region
/// of the program, and while a loop of another thread has the OpenMP threads. The first exception
/// thrown by a body is thrown again here.
void parallel_for(std::int64_t count, std::int64_t grain,
                  FunctionRef<void(std::int64_t begin, std::int64_t end)> body);

}  // namespace credence

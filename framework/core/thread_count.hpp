// What the user and the system say about how many threads a process should have.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace credence {

/// The first entry of OMP_NUM_THREADS, which OpenMP defines as positive decimal integers with
/// commas between them, one for each level of nested regions: 4 for "4,2". At most kMaxThreads.
/// Nothing for any other text, such as "0" or "abc": OpenMP's runtimes ignore it too.
std::optional<int> threads_of_omp_list(std::string_view list);

/// How many cores' time the CPU quotas of this process's cgroup and of those above it leave, such
/// as 1.5; nothing where none of them has a quota. Reads, below `root`, proc/self/cgroup,
/// proc/self/mountinfo and at the mounts named there cpu.max (cgroup v2: Linux,
/// Documentation/admin-guide/cgroup-v2.rst) or cpu.cfs_quota_us and cpu.cfs_period_us (v1:
/// Documentation/scheduler/sched-bwc.rst). What cannot be read counts as no quota.
std::optional<double> cgroup_cpu_quota(const std::filesystem::path& root = "/");

/// The cores that this process may run on, or the cgroup's quota, rounded up, where that is less.
int available_cores();

}  // namespace credence

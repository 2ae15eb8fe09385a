// How many cores the system leaves a process by its CPU quota, which OpenMP does not read.
#pragma once

#include <filesystem>
#include <optional>

namespace credence {

/// How many cores' time the CPU quotas of this process's cgroup and of those above it leave, such
/// as 1.5; nothing where none of them has a quota. Reads, below `root`, proc/self/cgroup,
/// proc/self/mountinfo and at the mounts named there cpu.max (cgroup v2: Linux,
/// Documentation/admin-guide/cgroup-v2.rst) or cpu.cfs_quota_us and cpu.cfs_period_us (v1:
/// Documentation/scheduler/sched-bwc.rst). What cannot be read counts as no quota.
std::optional<double> cgroup_cpu_quota(const std::filesystem::path& root = "/");

}  // namespace credence

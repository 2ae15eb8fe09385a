// The CPU quota that limits a process. OpenMP does not read it.
#pragma once

#include <filesystem>
#include <optional>

namespace credence {

/// The number of cores, such as 1.5, whose time the CPU quotas of this process's cgroup and of its
/// ancestors leave; nothing where none has a quota. Reads, below `root`, proc/self/cgroup,
/// proc/self/mountinfo and, at the mounts named there, cpu.max (cgroup v2: Linux,
/// Documentation/admin-guide/cgroup-v2.rst) or cpu.cfs_quota_us and cpu.cfs_period_us (v1:
/// Documentation/scheduler/sched-bwc.rst). A file that cannot be read counts as no quota.
std::optional<double> cgroup_cpu_quota(const std::filesystem::path& root = "/");

}  // namespace credence

// Reading CPU quotas of cgroups (versions 1 and 2) from the proc and cgroup file systems.
#include "framework/core/cpu_quota.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace credence {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool contains(const std::vector<std::string>& parts, const std::string& part) {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

// A mount of the cgroup file system that may show CPU quotas.
struct CgroupMount {
  bool unified;      // cgroup v2
  std::string root;  // the cgroup that the mount point shows
  fs::path point;
};

// Reads a line of proc/self/mountinfo (proc_pid_mountinfo(5)): "ID PARENT DEVICE ROOT POINT OPTIONS
// … - TYPE SOURCE OPTIONS".
std::optional<CgroupMount> cgroup_mount(const std::string& line) {
  const std::vector<std::string> words = split(line, ' ');
  const auto dash = std::find(words.begin(), words.end(), "-");
  if (dash - words.begin() < 6 || words.end() - dash < 4) return std::nullopt;
  const std::string& type = dash[1];
  if (type == "cgroup2") return CgroupMount{true, words[3], words[4]};
  if (type == "cgroup" && contains(split(dash[3], ','), "cpu")) {
    return CgroupMount{false, words[3], words[4]};
  }
  return std::nullopt;
}

// The process's cgroup from proc/self/cgroup, whose lines are "ID:CONTROLLERS:PATH". CONTROLLERS is
// empty for version 2.
std::string own_cgroup(const fs::path& root, bool unified) {
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (unified ? controllers.empty() : contains(split(controllers, ','), "cpu")) {
      return line.substr(second + 1);
    }
  }
  return "/";
}

// The cgroup's path below the mount point; empty where the mount does not show it.
fs::path below_mount(const std::string& cgroup, const std::string& mount_root) {
  const fs::path path = fs::path(cgroup).lexically_relative(mount_root);
  return path.empty() || path == "." || *path.begin() == ".." ? fs::path() : path;
}

// The whole number that a text begins with: the kernel writes microseconds.
std::optional<double> number_in(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(static_cast<double>(value)) : std::nullopt;
}

std::string word_in(std::ifstream file) {
  std::string word;
  file >> word;
  return word;
}

// quota / period of one cgroup. Returns nothing for "max", for -1 and where the files are missing.
std::optional<double> quota_of(const fs::path& folder, bool unified) {
  std::string quota;
  std::string period;
  if (unified) {
    std::ifstream(folder / "cpu.max") >> quota >> period;
  } else {
    quota = word_in(std::ifstream(folder / "cpu.cfs_quota_us"));
    period = word_in(std::ifstream(folder / "cpu.cfs_period_us"));
  }
  const std::optional<double> time = number_in(quota);
  const std::optional<double> of = number_in(period);
  if (!time || !of || !(*time > 0) || !(*of > 0)) return std::nullopt;
  return *time / *of;
}

}  // namespace

std::optional<double> cgroup_cpu_quota(const fs::path& root) {
  std::optional<double> least;
  std::ifstream mounts(root / "proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const std::optional<CgroupMount> mount = cgroup_mount(line);
    if (!mount) continue;
    const fs::path top = root / mount->point.relative_path();
    fs::path below = below_mount(own_cgroup(root, mount->unified), mount->root);
    for (;; below = below.parent_path()) {
      const std::optional<double> quota = quota_of(top / below, mount->unified);
      if (quota && (!least || *quota < *least)) least = quota;
      if (below.empty()) break;
    }
  }
  return least;
}

}  // namespace credence

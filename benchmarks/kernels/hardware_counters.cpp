// Counters of cycles, instructions and cache misses.
#include "benchmarks/kernels/hardware_counters.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace credence::benchmarks {
namespace {

struct Kind {
  const char* name;
  std::uint32_t type;
  std::uint64_t config;
};

constexpr std::uint64_t read_misses(std::uint64_t cache) {
  return cache | (PERF_COUNT_HW_CACHE_OP_READ << 8) | (PERF_COUNT_HW_CACHE_RESULT_MISS << 16);
}

constexpr std::array kKinds{
    Kind{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    Kind{"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    Kind{"L1_misses", PERF_TYPE_HW_CACHE, read_misses(PERF_COUNT_HW_CACHE_L1D)},
    Kind{"LL_misses", PERF_TYPE_HW_CACHE, read_misses(PERF_COUNT_HW_CACHE_LL)}};

int open_counter(const Kind& kind) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = kind.type;
  attributes.config = kind.config;
  attributes.disabled = 1;
  attributes.inherit = 1;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

std::string reason(int error) {
  std::string text =
      "perf_event_open gives no counter of cycles: " + std::generic_category().message(error);
  if (error == EACCES || error == EPERM) {
    text += "; sudo sysctl kernel.perf_event_paranoid=2 allows it";
  } else if (error == ENOENT || error == EOPNOTSUPP || error == ENODEV) {
    text += "; a virtual machine often has none";
  }
  return text;
}

double read_scaled(int file) {
  struct {
    std::uint64_t value, enabled, running;
  } counted{};
  if (read(file, &counted, sizeof(counted)) != sizeof(counted) || counted.running == 0) return 0;
  return static_cast<double>(counted.value) * static_cast<double>(counted.enabled) /
         static_cast<double>(counted.running);
}

}  // namespace

HardwareCounters::HardwareCounters() {
  for (const Kind& kind : kKinds) {
    const int file = open_counter(kind);
    if (file >= 0) {
      events_.push_back({kind.name, file});
    } else if (&kind == kKinds.data()) {
      unavailable_ = reason(errno);
      return;
    }
  }
}

HardwareCounters::~HardwareCounters() {
  for (const Event& event : events_) close(event.file);
}

Counts HardwareCounters::count(const std::function<void()>& call, int calls) const {
  for (const Event& event : events_) {
    ioctl(event.file, PERF_EVENT_IOC_RESET, 0);
    ioctl(event.file, PERF_EVENT_IOC_ENABLE, 0);
  }
  for (int i = 0; i < calls; ++i) call();
  for (const Event& event : events_) ioctl(event.file, PERF_EVENT_IOC_DISABLE, 0);
  Counts counts;
  for (const Event& event : events_) {
    const double value = read_scaled(event.file) / calls;
    if (std::strcmp(event.name, "cycles") == 0) {
      counts.cycles = value;
    } else {
      counts.events.emplace_back(event.name, value);
    }
  }
  return counts;
}

}  // namespace credence::benchmarks

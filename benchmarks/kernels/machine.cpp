// The peaks of the machine and the context of the results.
#include "benchmarks/kernels/machine.hpp"

#include "benchmarks/common/provenance.hpp"
#include "benchmarks/kernels/measurements.hpp"
#include "benchmarks/kernels/rivals.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/device/backend.hpp"
#include "framework/dispatch/kernels.hpp"

#include <cstdlib>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

std::string or_not_built(const std::string& text) { return text.empty() ? "not built" : text; }

void add_peaks(const Peaks& peaks, const std::string& ending) {
  const auto add = [&](const std::string& name, double value) {
    benchmark::AddCustomContext(name + ending, fmt::format("{:.1f}", value));
  };
  add("peak_gflops", peaks.gflops);
  for (const Bandwidth& level : peaks.bandwidth) {
    add("bandwidth_" + level.level, level.best());
    add("capacity_" + level.level + "_MiB", level.capacity / 1048576);
    std::string patterns;
    for (const Walk& walk : level.walks) {
      patterns +=
          fmt::format("{}{} {:.1f}", patterns.empty() ? "" : ", ", walk.name, walk.gigabytes);
    }
    if (level.walks.size() < 2) continue;
    benchmark::AddCustomContext(
        "bandwidth_" + level.level + "_patterns" + ending,
        fmt::format("{} on {:.1f} MiB", patterns, level.working_set / 1048576));
  }
}

Machine measure_machine() {
  const Peaks peaks = measure_peaks(num_threads());
  if (num_threads() == 1) return {peaks, peaks.gflops};
  const Peaks one = measure_peaks(1);
  add_peaks(one, "_one_thread");
  return {peaks, one.gflops};
}

Machine describe_cpu(const Options& options) {
  const bool known = !options.measuring.peaks_of.empty();
  const Machine machine = known ? read_machine(options.measuring.peaks_of) : measure_machine();
  if (options.computing.device == DeviceChoice::automatic) {
    benchmark::AddCustomContext("why_not_cuda", device::availability().description);
  }
  benchmark::AddCustomContext("processor", processor());
  benchmark::AddCustomContext("threads", std::to_string(num_threads()));
  benchmark::AddCustomContext("kernels", cpu_instruction_set());
  benchmark::AddCustomContext("peak_instruction_set", machine.peaks.instruction_set);
  benchmark::AddCustomContext("openblas", or_not_built(openblas::version()));
  benchmark::AddCustomContext("onednn", or_not_built(onednn::version()));
  // Decides about oneDNN's time on several threads where others use the machine too.
  const char* const policy = std::getenv("OMP_WAIT_POLICY");
  benchmark::AddCustomContext("omp_wait_policy", policy == nullptr ? "default" : policy);
  add_peaks(machine.peaks, "");
  return machine;
}

// The same of the CUDA device.
Machine describe_cuda() {
  const DeviceSizes sizes = device_sizes();
  const Peaks peaks = measure_device_peaks(sizes);
  benchmark::AddCustomContext("device_name", device::availability().description);
  benchmark::AddCustomContext("device_cache_MiB", fmt::format("{:.1f}", sizes.cache / 1048576));
  benchmark::AddCustomContext("peak", fmt::format("products of {0} × {0} matrices", sizes.matrix));
  add_peaks(peaks, "");
  return {peaks, 0};
}

}  // namespace

Device device_of(const Options& options, bool lists) {
  if (lists && options.computing.device == DeviceChoice::cuda) return Device::cuda;
  return chosen_device(options.computing.device);
}

Machine describe_machine(const Options& options, Device device) {
  benchmark::AddCustomContext("device", to_string(device));
  return device == Device::cuda ? describe_cuda() : describe_cpu(options);
}

Machine read_machine(const std::string& file) {
  const Measurements m = read_measurements(file);
  if (m.levels.empty()) {
    throw FileError(file, "has no sizes of the caches: it is from an older version, or of a card");
  }
  Machine machine{{m.peak_instruction_set, m.peak_gflops, {}}, m.one_thread_gflops};
  for (const MemoryLevel& level : m.levels) {
    machine.peaks.bandwidth.push_back({level.name, level.capacity, 0, {{"best", level.bandwidth}}});
  }
  return machine;
}

std::string remarks_on_rivals() {
  std::string text;
  const auto add = [&](const char* name, const std::string& version, const char* package) {
    if (!version.empty()) return;
    text += fmt::format(
        "credence-kernels: {} is not compared: this build is without it (sudo apt-get install {}, "
        "then meson setup --reconfigure of the build folder)\n",
        name, package);
  };
  add("OpenBLAS", openblas::version(), "libopenblas-dev");
  add("oneDNN", onednn::version(), "libdnnl-dev");
  if (openblas::version().ends_with(" Prescott")) {
    text +=
        "credence-kernels: OpenBLAS does not know this processor and takes its kernels of 2004 "
        "(Prescott); OPENBLAS_CORETYPE=Haswell or SkylakeX is a fairer rival\n";
  }
  return text;
}

}  // namespace credence::benchmarks

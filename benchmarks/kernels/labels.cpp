// Numbers with their units, as the figures show them.
#include "benchmarks/kernels/labels.hpp"

#include <fmt/core.h>

namespace credence::benchmarks {

std::string machine_text(const Measurements& m) {
  if (m.device == Device::cuda) return m.processor;
  return fmt::format("{}, {} thread{}, {}", m.processor, m.threads, m.threads == 1 ? "" : "s",
                     m.instruction_set);
}

std::string bandwidth_text(double gigabytes) {
  return gigabytes < 1000 ? fmt::format("{:.1f} GB/s", gigabytes)
                          : fmt::format("{:.2f} TB/s", gigabytes / 1000);
}

std::string time_text(double nanoseconds) {
  return nanoseconds < 0.1 ? fmt::format("{:.2g} ps", 1000 * nanoseconds)
                           : fmt::format("{:.2f} ns", nanoseconds);
}

RateUnit rate_unit(double peak_gflops) {
  return peak_gflops < 10'000 ? RateUnit{"GF/s", 1} : RateUnit{"TF/s", 1000};
}

std::string peak_text(const Measurements& m) {
  const RateUnit unit = rate_unit(m.peak_gflops);
  return fmt::format("{}, {:.{}f} {}", m.device == Device::cuda ? "products" : "multiply-adds",
                     m.peak_gflops / unit.gflops, unit.gflops > 1 ? 1 : 0, unit.name);
}

}  // namespace credence::benchmarks

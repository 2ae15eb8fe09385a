// Numbers with their units, as the figures show them.
#include "benchmarks/kernels/labels.hpp"

#include <algorithm>

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

std::vector<std::string> roofline_notes(const Measurements& measurements) {
  const auto any = [&](auto holds) {
    return std::any_of(measurements.all.begin(), measurements.all.end(), holds);
  };
  std::vector<std::string> lines{
      "Points above each other belong to one shape; its number is above "
      "them."};
  if (any([](const Measurement& m) { return m.gflops > 0 && !m.is_own_problem(); })) {
    lines.push_back(
        "Images: batches of 256 for LeNet5, of 64 for VGG, whose convolutions are named by");
    lines.push_back("channels and image size.");
  }
  lines.push_back(
      "A convolution counts as the direct one, taps on the padding included, two operations");
  lines.push_back(
      "for each multiply-add: Winograd's algorithm can rise above the roof. Bytes: each array "
      "once.");
  const auto of_ladder = [](const Measurement& m) {
    const std::string& name = m.implementation;
    return !name.starts_with("credence") && !name.starts_with("onednn") && name != "openblas" &&
           name != "im2col";
  };
  if (measurements.device == Device::cpu && any(of_ladder)) {
    lines.push_back("Grey, and whole rows: one thread.");
  }
  return lines;
}

}  // namespace credence::benchmarks

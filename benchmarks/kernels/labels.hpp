// The numbers of the figures as text.
#pragma once

#include "benchmarks/kernels/measurements.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// What the kernels ran on: "AMD EPYC, 2 threads, avx512", or a card's name and memory.
std::string machine_text(const Measurements& measurements);

/// "23.1 GB/s", "2.87 TB/s"
std::string bandwidth_text(double gigabytes);

/// "0.35 ns", "2.8 ps"
std::string time_text(double nanoseconds);

/// The unit for operations per second under a peak.
struct RateUnit {
  const char* name;  ///< "GF/s", "TF/s"
  double gflops;     ///< in one unit
};
RateUnit rate_unit(double peak_gflops);

/// The ceiling of arithmetic: "multiply-adds, 118 GF/s", "products, 51.3 TF/s" on a card.
std::string peak_text(const Measurements& measurements);

/// The lines that explain a roofline's points, as far as they concern those that are there.
std::vector<std::string> roofline_notes(const Measurements& measurements);

}  // namespace credence::benchmarks

// What a run measures on, for the head of its results.
#pragma once

#include "benchmarks/kernels/options.hpp"
#include "benchmarks/kernels/peak.hpp"

#include <string>

namespace credence::benchmarks {

struct Machine {
  Peaks peaks;
  double one_thread_gflops = 0;  ///< the peak of one thread of the CPU
};

/// The device that the cases run on. Their names are listed for a device that the machine does not
/// have, too.
Device device_of(const Options& options, bool lists);

/// Measures the peaks, or reads them from --peaks-of, and puts them, the device and the rivals into
/// the context of Google Benchmark's results.
Machine describe_machine(const Options& options, Device device);

/// The peaks that a JSON file of an earlier run has. Throws FileError where it has none.
Machine read_machine(const std::string& file);

/// How to get the rivals that this build is without, and what makes them weaker than they are; a
/// line for each, empty where there is nothing to say.
std::string remarks_on_rivals();

}  // namespace credence::benchmarks

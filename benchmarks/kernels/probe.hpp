// A fixed piece of work that shows how fast a core is at the moment.
#pragma once

namespace credence::benchmarks {

/// The clock of the core: independent multiply-adds for about 0.1 ms, the best of three attempts,
/// over the peak of one thread (Peaks::gflops). It is near 1 while a core runs at the speed of the
/// peak's measurement, and lower where it is throttled or shared.
class Probe {
 public:
  explicit Probe(double peak_gflops_of_one_thread) : peak_(peak_gflops_of_one_thread) {}
  double clock() const;
  /// The same in a tenth of the time, for between the batches of a measurement.
  double glance() const;

 private:
  double peak_;
};

}  // namespace credence::benchmarks

// Times of a call, one after the other, and what else went on in the meantime.
#pragma once

#include "benchmarks/kernels/probe.hpp"

#include <functional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// Shares of the machine's time that others took, and of the peak's clock: with more or less, a
/// measurement says more about the machine than about the kernel.
inline constexpr double kMostSteal = 0.02;
inline constexpr double kLeastClock = 0.9;

/// When enough calls have been timed.
struct Sampling {
  double precision = 0;      ///< go on to this relative error of the mean; 0: not at all
  double most_seconds = 10;  ///< for that
};

/// Times batches of calls: as many calls in each that a batch takes at least 20 µs, against which
/// reading the clock counts little. A batch in whose time the core did something else is disturbed:
/// with one thread, where the thread's own time falls short of the wall's by more than 2 % and 5
/// µs; with several, where the system took a core from the process (getrusage's involuntary
/// switches).
class Sampler {
 public:
  /// Runs the call once or a few times, to learn how long it takes.
  Sampler(std::function<void()> call, int threads, const Probe& probe);

  int calls() const { return calls_; }
  std::size_t batches() const { return batches_.size(); }
  void sample();
  /// Goes on until the precision is reached or its time has passed, and, for up to three times the
  /// time so far, until at least half of the batches were not disturbed.
  void refine(const Sampling& sampling);

  /// Seconds for each call. Where at least half of the batches were not disturbed, those alone;
  /// else of all, on one thread the thread's own time in place of the wall's.
  std::vector<double> times() const;
  /// The same times at the clock of the peak: each multiplied by the probe's speed at about that
  /// moment, so that a core that runs slower for a while changes them less.
  std::vector<double> times_at_peak() const;
  double stolen_share() const;  ///< of batches that were disturbed

 private:
  struct Batch {
    double wall;  // seconds for each call
    double own;   // likewise, of the thread; the same as wall where there are several
    bool disturbed;
    double clock;  // the probe's speed at about that moment
  };

  // A look at the probe, for the batches since the last one.
  void look_at_clock();
  std::vector<double> selected(bool at_peak) const;

  std::function<void()> call_;
  bool one_thread_;
  int calls_ = 1;
  double elapsed_ = 0;
  Probe probe_;
  double last_clock_;
  double looked_at_ = 0;     // the elapsed time then
  std::size_t clocked_ = 0;  // batches before it
  std::vector<Batch> batches_;
};

/// The time that a hypervisor kept the machine's processors for others, from /proc/stat.
class StealClock {
 public:
  StealClock();
  /// The share of the time of all processors since construction; 0 where the system says nothing,
  /// or no tick has passed.
  double share() const;

 private:
  struct Ticks {
    double stolen = 0;
    double all = 0;
  };
  static Ticks read();

  Ticks begin_ = read();
};

}  // namespace credence::benchmarks

// Ctrl-C, SIGTERM and SIGUSR1: they ask the run to save its work and end. mpirun passes SIGUSR1 on
// to its processes and waits, which it does not do for SIGTERM.
#pragma once

#include <array>
#include <csignal>

namespace credence::benchmarks {

/// While one is alive, the first SIGINT (Ctrl-C), SIGTERM or SIGUSR1 only sets a flag, so that the
/// program can save its work and end by itself; a second one ends it at once. A signal that was
/// ignored before stays so. One at a time.
class InterruptionHandler {
 public:
  InterruptionHandler();
  /// Puts the former handling back and clears the flag.
  ~InterruptionHandler();
  InterruptionHandler(const InterruptionHandler&) = delete;
  InterruptionHandler& operator=(const InterruptionHandler&) = delete;

 private:
  struct Former {
    int signal;
    struct sigaction action;
  };
  std::array<Former, 3> former_;
};

/// Whether such a signal has come.
bool interruption_requested();

/// What interruption_exit_status() is without a signal.
inline constexpr int kSignalStatus = 128;

/// What shells report of a program that it ended: 128 + its number, 130 for SIGINT.
int interruption_exit_status();

}  // namespace credence::benchmarks

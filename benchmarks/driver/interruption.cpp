// The handler of the signals.
#include "benchmarks/driver/interruption.hpp"

#include <atomic>

namespace credence::benchmarks {
namespace {

// A handler has no argument to reach any other state by.
std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void note_signal(int signal) { received.store(signal); }

}  // namespace

InterruptionHandler::InterruptionHandler() : former_{{{SIGINT, {}}, {SIGTERM, {}}, {SIGUSR1, {}}}} {
  struct sigaction action {};
  action.sa_handler = note_signal;
  // The second signal finds the former handling; system calls go on as if nothing had happened.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (Former& former : former_) {
    sigaction(former.signal, nullptr, &former.action);
    if (former.action.sa_handler != SIG_IGN) sigaction(former.signal, &action, nullptr);
  }
}

InterruptionHandler::~InterruptionHandler() {
  for (const Former& former : former_) sigaction(former.signal, &former.action, nullptr);
  received.store(0);
}

bool interruption_requested() { return received.load() != 0; }

int interruption_exit_status() { return kSignalStatus + received.load(); }

}  // namespace credence::benchmarks

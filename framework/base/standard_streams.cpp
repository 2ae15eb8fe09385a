// Writing to stdout and stderr with system calls, so that a stream that is lost raises no signal.
#include "framework/base/standard_streams.hpp"

#include "framework/base/error.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace credence {
namespace {

using namespace std::string_view_literals;

// Blocks the signals that a failed write of this thread raises, and discards those that arrived.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    sigemptyset(&held_);
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
      // A signal that is already pending has another cause: it is left alone.
      if (sigismember(&pending, signal) == 0) sigaddset(&held_, signal);
    }
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldSignals() {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
      if (sigismember(&pending, signal) == 0 || sigismember(&held_, signal) == 0) continue;
      sigset_t came;
      sigemptyset(&came);
      sigaddset(&came, signal);
      int received = 0;
      sigwait(&came, &received);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

 private:
  sigset_t held_;
  sigset_t before_;
};

// Waits until the descriptor can be written. A write to a blocking descriptor waits in the same
// way; another process that shares the descriptor may have set O_NONBLOCK.
bool becomes_writable(int descriptor) {
  pollfd wanted{descriptor, POLLOUT, 0};
  return poll(&wanted, 1, -1) > 0 || errno == EINTR;
}

// Returns 0, or the errno value of the error that stopped the writing.
int write_all(int descriptor, std::string_view text) noexcept {
  const HeldSignals held;
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    const int error = errno;
    const bool full = error == EAGAIN || error == EWOULDBLOCK;
    if (error != EINTR && !(full && becomes_writable(descriptor))) return error;
  }
  return 0;
}

// Writes what stdio buffers for stdout. Returns 0 or the errno value of the failure.
int flush_stdout() noexcept {
  const HeldSignals held;
  return std::fflush(stdout) == 0 ? 0 : errno;
}

std::string lost_stdout(int error) {
  return "stdout: cannot be written: " + std::generic_category().message(error);
}

// In one piece where there is memory for it, so that lines of several programs stay apart.
void complain(const char* name, std::string_view what) noexcept {
  try {
    write_stderr(std::string(name).append(": ").append(what).append("\n"));
  } catch (const std::exception&) {
    for (const std::string_view piece : {std::string_view(name), ": "sv, what, "\n"sv}) {
      write_stderr(piece);
    }
  }
}

}  // namespace

void write_stderr(std::string_view text) noexcept { write_all(STDERR_FILENO, text); }

void write_stdout(std::string_view text) {
  int error = flush_stdout();
  if (error == 0) error = write_all(STDOUT_FILENO, text);
  if (error != 0) throw Error(lost_stdout(error));
}

void reserve_standard_streams() noexcept {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // open() returns the lowest free descriptor. A folder that is open for reading can be neither
    // read like a file nor written.
    const bool closed = fcntl(descriptor, F_GETFD) < 0 && errno == EBADF;
    if (closed && open("/", O_RDONLY | O_DIRECTORY) < 0) return;
  }
}

int run_program(const char* name, FunctionRef<int()> body) {
  reserve_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  int status = 1;
  try {
    status = body();
  } catch (const std::bad_alloc&) {
    complain(name, "out of memory");
  } catch (const std::exception& error) {
    complain(name, error.what());
  } catch (...) {
    complain(name, "an exception of an unknown type");
  }
  const int error = flush_stdout();
  if (error != 0 || std::ferror(stdout) != 0) {
    complain(name, error != 0 ? lost_stdout(error) : "stdout: not all of it could be written");
    if (status == 0) status = 1;
  }
  return status;
}

}  // namespace credence

// A terminal for stderr in tests: a pseudo-terminal of the system with a model of its screen.
#pragma once

#include "tests/data/temporary_folder.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace credence::test {

/// The lines of a screen and the cursor. A line that is longer than the screen is wide takes
/// several rows, even if it was written to a wider screen.
class Screen {
 public:
  void take(const std::string& output) {
    for (std::size_t i = 0; i < output.size(); ++i) {
      if (output.compare(i, 3, "\x1b[J") == 0) {
        lines_.resize(line_ + 1);
        lines_[line_].resize(std::min(column_, lines_[line_].size()));
        i += 2;
      } else {
        put(output[i]);
      }
    }
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void put(char byte) {
    if (byte == '\r') {
      column_ = 0;
    } else if (byte == '\n') {
      ++line_;
      column_ = 0;
      if (line_ == lines_.size()) lines_.emplace_back();
    } else {
      if (lines_[line_].size() <= column_) lines_[line_].resize(column_ + 1, ' ');
      lines_[line_][column_++] = byte;
    }
  }

  std::vector<std::string> lines_{""};
  std::size_t line_ = 0;
  std::size_t column_ = 0;
};

/// While an object is alive, stderr is a terminal of this many columns that accepts control
/// sequences.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0) {
      throw std::runtime_error("no pseudo-terminal");
    }
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
    resize(columns);
    old_ = dup(STDERR_FILENO);
    dup2(slave_, STDERR_FILENO);
  }
  ~Terminal() {
    dup2(old_, STDERR_FILENO);
    for (const int descriptor : {old_, slave_, master_}) close(descriptor);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void resize(unsigned short columns) const {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = columns;
    ioctl(slave_, TIOCSWINSZ, &size);
  }

  /// What was written since the last call.
  std::string output() const {
    std::string text;
    pollfd readable{master_, POLLIN, 0};
    while (poll(&readable, 1, 0) == 1 && (readable.revents & POLLIN) != 0) {
      char bytes[4096];
      const ssize_t count = read(master_, bytes, sizeof(bytes));
      if (count <= 0) break;
      text.append(bytes, static_cast<std::size_t>(count));
    }
    return text;
  }

  /// The descriptor of the side that programs write to.
  int slave() const { return slave_; }

 private:
  EnvironmentVariable term_{"TERM", "xterm"};
  EnvironmentVariable no_color_{"NO_COLOR", nullptr};
  int master_;
  int slave_ = -1;
  int old_ = -1;
};

}  // namespace credence::test

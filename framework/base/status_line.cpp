// Drawing the status line: width of the terminal, width of UTF-8 text, and the progress bar.
#include "framework/base/status_line.hpp"

#include "framework/base/standard_streams.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace credence {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr std::size_t kLongestBar = 24;
constexpr std::size_t kShortestBar = 8;
constexpr std::size_t kUsualColumns = 80;
constexpr std::size_t kLogColumns = 159;
// Returns to the start of the line and erases from there to the end of the screen.
constexpr const char* kErase = "\r\x1b[J";

bool takes_control_sequences() {
  const char* const terminal = std::getenv("TERM");
  const char* const no_color = std::getenv("NO_COLOR");
  const bool known = terminal != nullptr && *terminal != '\0' && terminal != std::string("dumb");
  const bool wanted = no_color == nullptr || *no_color == '\0';
  return known && wanted && isatty(STDERR_FILENO) == 1;
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80; }

// The number of columns that a byte of UTF-8 adds. Which characters are two columns wide depends on
// the terminal: every character outside ASCII counts as two.
std::size_t columns_of(char byte) {
  if (static_cast<unsigned char>(byte) < 0x80) return 1;
  return continues_character(byte) ? 0 : 2;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (const char byte : text) columns += columns_of(byte);
  return columns;
}

// The beginning of the text that fits into the columns. Control characters become '?', because they
// could move the cursor.
std::string cut(std::string_view text, std::size_t columns) {
  std::string result;
  std::size_t used = 0;
  for (const char byte : text) {
    used += columns_of(byte);
    if (used > columns) break;
    const bool control = static_cast<unsigned char>(byte) < 0x20 || byte == '\x7f';
    result += control ? '?' : byte;
  }
  return result;
}

std::string bar(double share, std::size_t width) {
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  return fmt::format("[{}{}]", std::string(filled, '='), std::string(width - filled, ' '));
}

}  // namespace

StatusLine::StatusLine(bool enabled, std::chrono::milliseconds between_lines)
    : enabled_(enabled),
      terminal_(takes_control_sequences()),
      interval_(terminal_ ? kRedrawInterval : between_lines) {
  if (!terminal_) last_shown_ = std::chrono::steady_clock::now();
}

StatusLine::~StatusLine() { erase(); }

bool StatusLine::due() const {
  return enabled_ && std::chrono::steady_clock::now() - last_shown_ >= interval_;
}

std::size_t StatusLine::columns() const {
  if (!terminal_) return kLogColumns;
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (known ? size.ws_col : kUsualColumns) - 1;
}

void StatusLine::show(std::string_view text) {
  if (!enabled_ || (!terminal_ && !due())) return;
  last_shown_ = std::chrono::steady_clock::now();
  const std::string line = cut(text, columns());
  write_stderr(terminal_ ? kErase + line + '\r' : line + '\n');
  shown_ = terminal_;
}

void StatusLine::erase() {
  if (shown_) write_stderr(kErase);
  shown_ = false;
}

std::string bar_text(const std::string& label, const std::string& work, double share,
                     const std::vector<std::string>& figures, std::size_t columns) {
  share = std::clamp(share, 0.0, 1.0);
  for (const std::string& beginning : {label + "  " + work, work}) {
    for (std::size_t shown = figures.size() + 1; shown-- > 0;) {
      std::string ending;
      for (std::size_t i = 0; i < shown; ++i) ending += "  " + figures[i];
      const std::size_t used = columns_of(beginning) + columns_of(" []") + columns_of(ending);
      if (used + kShortestBar > columns) continue;
      return beginning + " " + bar(share, std::min(kLongestBar, columns - used)) + ending;
    }
  }
  return cut(fmt::format("{}  {:.0f} %", work, 100 * share), columns);
}

std::string format_duration(double seconds) {
  // The bounds keep infinity and NaN out of the conversion.
  const double bounded = seconds > 0 ? std::min(seconds, 1e12) : 0;
  const auto total = static_cast<std::int64_t>(std::llround(bounded));
  if (total >= 3600) {
    return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
  }
  return fmt::format("{}:{:02}", total / 60, total % 60);
}

std::string time_left(double seconds, double share) {
  return format_duration(seconds / share * (1 - share)) + " left";
}

}  // namespace credence

// Progress on stderr: one line of a terminal that is drawn again and again, elsewhere now and then
// a line.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace credence {

/// The line of stderr's terminal on which the cursor stands. Each text replaces the one before it.
/// The line never wraps: a text is cut to the width that the terminal has when it is shown. Between
/// texts the cursor stays at the start of the line. A terminal that becomes narrower leaves it
/// there, so that the next text erases all rows over which the terminal has spread the old one.
///
/// Where stderr is no such terminal (it is a file, TERM is missing or "dumb", or NO_COLOR is set,
/// see no-color.org), a text becomes a line of its own, the first one after the time
/// `between_lines` and then at most one in that time: a log of hours shows how far the work is.
class StatusLine {
 public:
  /// A disabled line shows nothing.
  explicit StatusLine(bool enabled = true,
                      std::chrono::milliseconds between_lines = std::chrono::minutes(1));
  /// Erases the text, so that the next output begins on an empty line.
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  /// Whether texts are shown at all.
  bool shows() const { return enabled_; }
  /// Whether a text would be shown well at the moment: the last one is a tenth of a second old, or
  /// `between_lines` where it is a line of its own.
  bool due() const;
  /// The most columns that a text may have: one less than the terminal's width, 79 where that is
  /// unknown, and 159 where a text is a line of its own.
  std::size_t columns() const;
  /// Replaces the text on the terminal's line. Elsewhere writes it where it is due.
  void show(std::string_view text);
  /// Removes the text from the terminal.
  void erase();

 private:
  bool enabled_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::milliseconds interval_;
  std::chrono::steady_clock::time_point last_shown_{};
};

/// "LABEL  WORK [======      ]  FIGURE  FIGURE" for `share` (0 to 1) of the work, in at most
/// `columns` columns. Where that is too long, the figures are left out, the last one first, then
/// the label, and then a percentage takes the place of the bar.
std::string bar_text(const std::string& label, const std::string& work, double share,
                     const std::vector<std::string>& figures, std::size_t columns);

/// The duration in hours, minutes and seconds: "0:07", "12:30", "1:02:03". Infinity and NaN are
/// allowed.
std::string format_duration(double seconds);

/// "0:07 left": the time for the rest of the work, where the first `share` of it (above 0, at most
/// 1) took `seconds`.
std::string time_left(double seconds, double share);

}  // namespace credence

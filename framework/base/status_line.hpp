// A line on a terminal that says how far something is, drawn over and over.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace credence {

/// The line of stderr's terminal that the cursor is on, for a text that the next one replaces. It
/// never wraps: a text is cut to the width that the terminal has when it is shown. Between texts
/// the cursor stays at the line's start, where a terminal that becomes narrower keeps it, so that
/// the next text replaces all rows over which the terminal has spread the one before.
class StatusLine {
 public:
  /// `enabled` false shows nothing.
  explicit StatusLine(bool enabled = true);
  /// Erases a text that is still there, so that what is said next begins on an empty line.
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  /// Whether texts are shown: where stderr is a terminal, the environment variable TERM is neither
  /// "dumb" nor missing, and NO_COLOR (no-color.org) is not set.
  bool shows() const { return shows_; }
  /// Whether they are, and the last one has been there for a tenth of a second.
  bool due() const;
  /// How many columns a text may have: one less than the terminal's, 79 where that is unknown.
  std::size_t columns() const;
  void show(std::string_view text);
  void erase();

 private:
  bool shows_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_shown_{};
};

/// "LABEL  WORK [======      ]  FIGURE  FIGURE" for `share` (0 to 1) of the work, in at most
/// `columns` columns: figures are left out from the last one on, then the label, then the bar for a
/// percentage, until the rest fits.
std::string bar_text(const std::string& label, const std::string& work, double share,
                     const std::vector<std::string>& figures, std::size_t columns);

/// "0:07", "12:30", "1:02:03"
std::string format_duration(double seconds);

/// "0:07 left" for work of which a share above 0 took `seconds`.
std::string time_left(double seconds, double share);

}  // namespace credence

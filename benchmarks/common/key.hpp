// The key of a figure: what its lines, dots and areas mean.
#pragma once

#include "benchmarks/common/canvas.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// The radius of the dots of curves, in points.
inline constexpr double kDotRadius = 3;

enum class Dot : std::uint8_t { none, disc, diamond };

/// Draws the dot of a curve's point.
inline void draw_dot(const Canvas& canvas, Position at, Dot dot, const Colour& colour) {
  if (dot == Dot::disc) canvas.disc(at, kDotRadius, colour);
  if (dot == Dot::diamond) canvas.diamond(at, kDotRadius, colour);
}

/// One symbol with its text.
struct KeyEntry {
  std::string text;
  Colour colour;
  double line = 0;      ///< the width of a line through the symbol; 0: none
  double dash = 0;      ///< of the line, as Canvas::line
  Dot dot = Dot::none;  ///< in the symbol's middle
  double area = 0;      ///< the opacity of a filled rectangle; 0: none
};

/// The height of a key whose lines are at most so wide.
double key_height(const std::vector<KeyEntry>& entries, double width);

/// Draws the entries side by side, in several lines where they do not fit into the width. `at` is
/// the left end of the first line's base line.
void draw_key(const Canvas& canvas, Position at, double width,
              const std::vector<KeyEntry>& entries);

}  // namespace credence::benchmarks

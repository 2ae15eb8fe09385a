// How the figures show each implementation.
#pragma once

#include "benchmarks/common/canvas.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

enum class Marker : std::uint8_t { circle, square, triangle, diamond, cross };

struct Mark {
  const char* implementation;
  const char* description;
  Marker marker;
  Colour colour;
  bool filled;
};

/// The framework's first; then rivals, then the steps of the ladder.
const std::vector<Mark>& marks();
/// That of an implementation; a black cross for an unknown one.
const Mark& mark_of(const std::string& implementation);

/// Half of a marker's extent, in points.
inline constexpr double kMarkerRadius = 3.2;
void draw_marker(const Canvas& canvas, Position at, const Mark& mark);

}  // namespace credence::benchmarks

// Drawing strokes as grey levels, for synthetic digits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace credence::data {

/// A point in pixels, whose centres are at 0, 1, ….
struct Point {
  float x;
  float y;
};

/// A point of a stroke's centre line, with the pen's radius there, in pixels.
struct PenPoint {
  Point position;
  float radius;
};

/// The point at t in [0, 1] of the cubic Hermite curve from `from` to `to` with tangents after
/// Catmull and Rom: the tangent at a point is half the chord between its neighbours.
Point catmull_rom(Point before, Point from, Point to, Point after, float t);

/// Ink on a square sheet of side × side pixels. The sheet's memory is reused for each drawing.
class Pen {
 public:
  explicit Pen(std::int64_t side);

  /// Removes all ink.
  void clear();
  /// Adds a stroke. `softness` is the width, in pixels, of the border between full ink and none.
  void draw(std::span<const PenPoint> stroke, float softness);
  /// The ink of each pixel, 0 to 1, row by row.
  std::span<const float> sheet() const { return sheet_; }

 private:
  void draw_segment(const PenPoint& from, const PenPoint& to, float softness);

  std::int64_t side_;
  std::vector<float> sheet_;
};

}  // namespace credence::data

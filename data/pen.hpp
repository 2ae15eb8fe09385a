#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace credence::data {

struct Point {
  float x;
  float y;
};

/// A point of a stroke's centre line in pixels, with the pen's radius there.
struct PenPoint {
  Point position;
  float radius;
};

/// The cubic Hermite curve from `from` to `to` with tangents after Catmull and Rom: half the chord
/// between the neighbours, `before` and `after`. t runs from 0 to 1.
Point catmull_rom(Point before, Point from, Point to, Point after, float t);

/// Ink on a square sheet of pixels, drawn by distance to the centre line. The sheet's memory is
/// reused from drawing to drawing.
class Pen {
 public:
  explicit Pen(std::int64_t side);

  /// Wipes the sheet.
  void clear();
  /// Adds a stroke. `softness` is the width in pixels of the border between full ink and none.
  void draw(std::span<const PenPoint> stroke, float softness);
  /// Ink of each pixel, 0 to 1, row by row.
  std::span<const float> sheet() const { return sheet_; }

 private:
  void draw_segment(const PenPoint& from, const PenPoint& to, float softness);

  std::int64_t side_;
  std::vector<float> sheet_;
};

}  // namespace credence::data

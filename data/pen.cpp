// Drawing strokes by the distance of pixels from the centre line, and Catmull-Rom curves.
#include "data/pen.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace credence::data {
namespace {

struct PixelRange {
  std::int64_t begin;
  std::int64_t end;
};

// The pixels whose centres (at 0, 1, …) are within `reach` of the interval between a and b.
PixelRange covered(float a, float b, float reach, std::int64_t side) {
  const auto low = static_cast<std::int64_t>(std::ceil(std::min(a, b) - reach));
  const auto high = static_cast<std::int64_t>(std::floor(std::max(a, b) + reach)) + 1;
  return {std::clamp<std::int64_t>(low, 0, side), std::clamp<std::int64_t>(high, 0, side)};
}

}  // namespace

Point catmull_rom(Point before, Point from, Point to, Point after, float t) {
  const float t2 = t * t;
  const float t3 = t2 * t;
  const float to_weight = 3.0F * t2 - 2.0F * t3;
  const float from_tangent = 0.5F * (t3 - 2.0F * t2 + t);
  const float to_tangent = 0.5F * (t3 - t2);
  return {from.x + to_weight * (to.x - from.x) + from_tangent * (to.x - before.x) +
              to_tangent * (after.x - from.x),
          from.y + to_weight * (to.y - from.y) + from_tangent * (to.y - before.y) +
              to_tangent * (after.y - from.y)};
}

Pen::Pen(std::int64_t side) : side_(side), sheet_(static_cast<std::size_t>(side * side)) {}

void Pen::clear() { std::fill(sheet_.begin(), sheet_.end(), 0.0F); }

void Pen::draw(std::span<const PenPoint> stroke, float softness) {
  for (std::size_t i = 1; i < stroke.size(); ++i) draw_segment(stroke[i - 1], stroke[i], softness);
}

void Pen::draw_segment(const PenPoint& from, const PenPoint& to, float softness) {
  const Point along{to.position.x - from.position.x, to.position.y - from.position.y};
  const float length_squared = along.x * along.x + along.y * along.y;
  const float inverse = length_squared > 0.0F ? 1.0F / length_squared : 0.0F;
  const float reach = std::max(from.radius, to.radius) + 0.5F * softness;
  const PixelRange columns = covered(from.position.x, to.position.x, reach, side_);
  const PixelRange rows = covered(from.position.y, to.position.y, reach, side_);
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    float* const line = sheet_.data() + row * side_;
    const float dy = static_cast<float>(row) - from.position.y;
    for (std::int64_t column = columns.begin; column < columns.end; ++column) {
      const float dx = static_cast<float>(column) - from.position.x;
      const float t = std::clamp((dx * along.x + dy * along.y) * inverse, 0.0F, 1.0F);
      const float gap_x = dx - t * along.x;
      const float gap_y = dy - t * along.y;
      const float distance = std::sqrt(gap_x * gap_x + gap_y * gap_y);
      const float radius = from.radius + t * (to.radius - from.radius);
      const float ramp = std::clamp((radius - distance) / softness + 0.5F, 0.0F, 1.0F);
      line[column] = std::max(line[column], ramp * ramp * (3.0F - 2.0F * ramp));
    }
  }
}

}  // namespace credence::data

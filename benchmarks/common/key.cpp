// The places of a key's entries, and their symbols.
#include "benchmarks/common/key.hpp"

namespace credence::benchmarks {
namespace {

constexpr double kTextSize = 9;
constexpr double kLineHeight = 15;
constexpr double kSymbol = 22;
constexpr double kBeforeText = 6;
constexpr double kAfterText = 18;

double symbol_width(const KeyEntry& entry) {
  return entry.line > 0 || entry.area > 0 ? kSymbol : 2 * kDotRadius;
}

// Where each entry begins, counted from the beginning of the first.
std::vector<Position> places(const std::vector<KeyEntry>& entries, double width) {
  std::vector<Position> result;
  Position next{0, 0};
  for (const KeyEntry& entry : entries) {
    const double own = symbol_width(entry) + kBeforeText + text_width(kTextSize, entry.text);
    if (next.x > 0 && next.x + own > width) next = {0, next.y + kLineHeight};
    result.push_back(next);
    next.x += own + kAfterText;
  }
  return result;
}

void draw_symbol(const Canvas& canvas, Position at, const KeyEntry& entry) {
  const double width = symbol_width(entry);
  const double middle = at.y - kTextSize / 3;
  if (entry.area > 0) {
    Colour fill = entry.colour;
    fill.alpha = entry.area;
    canvas.rectangle(at.x, at.y - kTextSize + 1, width, kTextSize, fill);
  }
  if (entry.line > 0) {
    canvas.line({{at.x, middle}, {at.x + width, middle}}, entry.line, entry.colour, entry.dash);
  }
  draw_dot(canvas, {at.x + width / 2, middle}, entry.dot, entry.colour);
}

}  // namespace

double key_height(const std::vector<KeyEntry>& entries, double width) {
  if (entries.empty()) return 0;
  return places(entries, width).back().y + kLineHeight;
}

void draw_key(const Canvas& canvas, Position at, double width,
              const std::vector<KeyEntry>& entries) {
  const std::vector<Position> offsets = places(entries, width);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Position place{at.x + offsets[i].x, at.y + offsets[i].y};
    draw_symbol(canvas, place, entries[i]);
    canvas.text(place.x + symbol_width(entries[i]) + kBeforeText, place.y, kTextSize,
                entries[i].text);
  }
}

}  // namespace credence::benchmarks

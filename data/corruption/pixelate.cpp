// Coarse pixels: each side is reduced to fewer pixels, which then stand for all.
#include "data/corruption/pixelate.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace credence::data {
namespace {

// The pixels [begin, end) of a side.
struct Range {
  std::int64_t begin;
  std::int64_t end;
};

// The source pixels of pixel `target` where `from` pixels of a side become `to`: those whose
// centres lie in its box (begin, end], or the one below its centre where the side grows. The
// roundings are Pillow's, which decide where a centre lies on the border of a box.
Range sources(std::int64_t from, std::int64_t to, std::int64_t target) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double box = std::max(scale, 1.0);
  const double centre = (static_cast<double>(target) + 0.5) * scale;
  const double support = 0.5 * box;
  Range range{static_cast<std::int64_t>(centre - support + 0.5),
              std::min(from, static_cast<std::int64_t>(centre + support + 0.5))};
  const double unit = 1.0 / box;
  const auto offset = [&](std::int64_t pixel) {
    return (static_cast<double>(pixel) - centre + 0.5) * unit;
  };
  while (range.begin + 1 < range.end && !(offset(range.begin) > -0.5)) ++range.begin;
  while (range.begin + 1 < range.end && !(offset(range.end - 1) <= 0.5)) --range.end;
  return range;
}

// The pixels whose mean each pixel of a side shows.
std::vector<Range> shown_ranges(std::int64_t side, double factor) {
  const auto boxes =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(side) * factor));
  std::vector<Range> shown;
  for (std::int64_t pixel = 0; pixel < side; ++pixel) {
    shown.push_back(sources(side, boxes, sources(boxes, side, pixel).begin));
  }
  return shown;
}

// The mean of bytes `stride` apart, rounded to the nearest.
std::uint8_t mean(const std::uint8_t* bytes, const Range& range, std::int64_t stride) {
  const std::int64_t count = range.end - range.begin;
  std::int64_t sum = 0;
  for (std::int64_t i = range.begin; i < range.end; ++i) sum += bytes[i * stride];
  return static_cast<std::uint8_t>((2 * sum + count) / (2 * count));
}

}  // namespace

ImageFunction pixelate(const ImageShape& shape, double factor) {
  return [shape, rows = shown_ranges(shape.height, factor),
          columns = shown_ranges(shape.width, factor)](
             const std::uint8_t* image, const RandomStream&, std::uint8_t* corrupted) {
    const std::int64_t width = shape.width;
    std::vector<std::uint8_t> along_rows(static_cast<std::size_t>(shape.plane()));
    for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
      const std::uint8_t* bytes = image + channel * shape.plane();
      for (std::int64_t row = 0; row < shape.height; ++row) {
        for (std::int64_t column = 0; column < width; ++column) {
          along_rows[static_cast<std::size_t>(row * width + column)] =
              mean(bytes + row * width, columns[static_cast<std::size_t>(column)], 1);
        }
      }
      for (const Range& row : rows) {
        for (std::int64_t column = 0; column < width; ++column) {
          *corrupted++ = mean(along_rows.data() + column, row, width);
        }
      }
    }
  };
}

}  // namespace credence::data

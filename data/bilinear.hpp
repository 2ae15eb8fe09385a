// What the rotation of whole tensors and that of single samples share.
#pragma once

#include <cstdint>

namespace credence::data {

/// A rotation counter-clockwise as seen, in images whose rows count downwards. Multiples of 90
/// degrees are exact.
struct Turn {
  double cosine = 1.0;
  double sine = 0.0;
};
Turn turn_by(double degrees);

/// Points (x + i·dx, y + i·dy) for i = 0, 1, …: x counts columns, y rows, whole at pixel centres.
struct PixelLine {
  double x;
  double y;
  double dx;
  double dy;
};

/// Where the pixels of a turned image come from: the pixels of row `row` from column `column` on,
/// leftwards where `step` is -1, as points of the image before it was turned about its centre
/// ((width - 1) / 2, (height - 1) / 2).
inline PixelLine source_line(const Turn& turn, std::int64_t height, std::int64_t width,
                             std::int64_t row, std::int64_t column, int step) {
  const double center_x = static_cast<double>(width - 1) / 2.0;
  const double center_y = static_cast<double>(height - 1) / 2.0;
  const double right = static_cast<double>(column) - center_x;
  const double down = static_cast<double>(row) - center_y;
  return {center_x + turn.cosine * right - turn.sine * down,
          center_y + turn.sine * right + turn.cosine * down, step * turn.cosine, step * turn.sine};
}

/// Calls store(i, value) for the first `count` points of a line, the value interpolated bilinearly
/// between the four pixels around the point; outside the plane all pixels are zero.
template <class T, class Store>
void sample_line(const T* plane, std::int64_t height, std::int64_t width, const PixelLine& line,
                 std::int64_t count, Store store) {
  const auto pixel = [&](std::int64_t row, std::int64_t column) {
    const bool inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? static_cast<float>(plane[row * width + column]) : 0.0F;
  };
  for (std::int64_t i = 0; i < count; ++i) {
    const double x = line.x + static_cast<double>(i) * line.dx;
    const double y = line.y + static_cast<double>(i) * line.dy;
    if (!(x > -1.0 && y > -1.0 && x < static_cast<double>(width) &&
          y < static_cast<double>(height))) {
      store(i, 0.0F);
      continue;
    }
    // Above -1, so that cutting off the fraction of x + 1 rounds downwards.
    const std::int64_t column = static_cast<std::int64_t>(x + 1.0) - 1;
    const std::int64_t row = static_cast<std::int64_t>(y + 1.0) - 1;
    const auto right = static_cast<float>(x - static_cast<double>(column));
    const auto down = static_cast<float>(y - static_cast<double>(row));
    float corners[4];
    if (column >= 0 && row >= 0 && column + 1 < width && row + 1 < height) {
      const T* corner = plane + row * width + column;
      corners[0] = static_cast<float>(corner[0]);
      corners[1] = static_cast<float>(corner[1]);
      corners[2] = static_cast<float>(corner[width]);
      corners[3] = static_cast<float>(corner[width + 1]);
    } else {
      corners[0] = pixel(row, column);
      corners[1] = pixel(row, column + 1);
      corners[2] = pixel(row + 1, column);
      corners[3] = pixel(row + 1, column + 1);
    }
    const float upper = (1.0F - right) * corners[0] + right * corners[1];
    const float lower = (1.0F - right) * corners[2] + right * corners[3];
    store(i, (1.0F - down) * upper + down * lower);
  }
}

}  // namespace credence::data

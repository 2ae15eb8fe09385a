// How an image of bytes is turned, mirrored, shifted and made noisy on its way into a batch: which
// of a sample's random numbers decides what, and where a pixel comes from. Stated once for the
// loader on the host (data/transform.cpp), which goes by rows, and for the kernel on the device
// (cuda/augmentation.cu), which goes by pixels.
#pragma once

#include "framework/core/random.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>

namespace credence {

/// How images [C, H, W] are moved at random; a step whose numbers are 0 changes nothing.
struct Augmentation {
  std::int64_t channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
  /// The range of the turn about the centre, in degrees counter-clockwise.
  double least_angle = 0.0;
  double greatest_angle = 0.0;
  double flip_probability = 0.0;  ///< of mirroring left to right
  std::int64_t crop_padding = 0;  ///< the most pixels of a shift in each direction
};

namespace augmentation {

// Which of a sample's random numbers a step uses. Noise has a stream of its own.
inline constexpr std::int64_t kCropDown = 0;
inline constexpr std::int64_t kCropRight = 1;
inline constexpr std::int64_t kFlip = 2;
inline constexpr std::int64_t kAngle = 3;
inline constexpr std::uint64_t kNoiseKey = 0x4E6F697365000000U;

/// A rotation counter-clockwise as seen, in images whose rows count downwards.
struct Turn {
  double cosine;
  double sine;
};

/// The turn by an angle in degrees. Multiples of 90 are exact.
template <class V>
constexpr Turn turn_by(V degrees) {
  using std::cos;
  using std::remainder;
  using std::sin;
  const V within = remainder(degrees, V(360));  // exact, in [-180, 180]
  if (within == 0) return {1.0, 0.0};
  if (within == 90) return {0.0, 1.0};
  if (within == -90) return {0.0, -1.0};
  if (within == 180 || within == -180) return {-1.0, 0.0};
  const V radians = within * (std::numbers::pi_v<V> / 180);
  return {cos(radians), sin(radians)};
}

/// Where the pixels of a sample go: the image is turned, then mirrored, then shifted.
struct Move {
  Turn turn;
  bool flip;
  std::int64_t down;
  std::int64_t right;

  constexpr bool turned() const { return turn.cosine != 1.0; }
};

constexpr Move draw_move(const Augmentation& steps, const RandomStream& random) {
  Move move{{1.0, 0.0}, false, 0, 0};
  const double from = steps.least_angle;
  const double to = steps.greatest_angle;
  if (from != 0.0 || to != 0.0) {
    move.turn = turn_by(from == to ? from : from + (to - from) * random.uniform(kAngle));
  }
  if (steps.flip_probability > 0.0) {
    move.flip = random.uniform(kFlip) < steps.flip_probability;
  }
  if (steps.crop_padding > 0) {
    const auto shifts = static_cast<std::uint64_t>(2 * steps.crop_padding + 1);
    move.down = static_cast<std::int64_t>(random.below(kCropDown, shifts)) - steps.crop_padding;
    move.right = static_cast<std::int64_t>(random.below(kCropRight, shifts)) - steps.crop_padding;
  }
  return move;
}

/// The columns [begin, end) that show something of the image after its shift.
struct Columns {
  std::int64_t begin;
  std::int64_t end;
};
constexpr Columns visible_columns(const Move& move, std::int64_t width) {
  return {move.right > 0 ? move.right : 0, move.right < 0 ? width + move.right : width};
}

/// Row and column in the turned image of what is in this row and column at the end; outside the
/// image where nothing is.
constexpr std::int64_t row_before(const Move& move, std::int64_t row) { return row - move.down; }
constexpr std::int64_t column_before(const Move& move, std::int64_t width, std::int64_t column) {
  const std::int64_t shifted = column - move.right;
  return move.flip ? width - 1 - shifted : shifted;
}
/// By how much column_before changes from one column to the next.
constexpr int column_step(const Move& move) { return move.flip ? -1 : 1; }

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
constexpr PixelLine source_line(const Turn& turn, std::int64_t height, std::int64_t width,
                                std::int64_t row, std::int64_t column, int step) {
  const double center_x = static_cast<double>(width - 1) / 2.0;
  const double center_y = static_cast<double>(height - 1) / 2.0;
  const double right = static_cast<double>(column) - center_x;
  const double down = static_cast<double>(row) - center_y;
  return {center_x + turn.cosine * right - turn.sine * down,
          center_y + turn.sine * right + turn.cosine * down, step * turn.cosine, step * turn.sine};
}

/// The value at point i of a line, interpolated bilinearly between the four pixels around it;
/// outside the plane all pixels are zero.
template <class T>
constexpr float interpolate(const T* plane, std::int64_t height, std::int64_t width,
                            const PixelLine& line, std::int64_t i) {
  const double x = line.x + static_cast<double>(i) * line.dx;
  const double y = line.y + static_cast<double>(i) * line.dy;
  if (!(x > -1.0 && y > -1.0 && x < static_cast<double>(width) &&
        y < static_cast<double>(height))) {
    return 0.0F;
  }
  // Above -1, so that cutting off the fraction of x + 1 rounds downwards.
  const std::int64_t column = static_cast<std::int64_t>(x + 1.0) - 1;
  const std::int64_t row = static_cast<std::int64_t>(y + 1.0) - 1;
  const auto right = static_cast<float>(x - static_cast<double>(column));
  const auto down = static_cast<float>(y - static_cast<double>(row));
  const auto pixel = [&](std::int64_t at_row, std::int64_t at_column) {
    const bool inside = at_row >= 0 && at_row < height && at_column >= 0 && at_column < width;
    return inside ? static_cast<float>(plane[at_row * width + at_column]) : 0.0F;
  };
  float corners[4] = {};
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
  return (1.0F - down) * upper + down * lower;
}

/// The float that stands for a value between two bytes.
struct LevelLine {
  float zero;
  float unit;
  constexpr float operator()(float byte) const { return zero + unit * byte; }
};
/// From the floats of a channel's 256 bytes.
constexpr LevelLine level_line(const float* levels) {
  return {levels[0], (levels[255] - levels[0]) / 255.0F};
}

/// Pixels of a channel whose noise is drawn from one stream.
inline constexpr std::int64_t kNoiseChunk = 1024;
constexpr std::int64_t noise_chunks(std::int64_t pixels) {
  return (pixels + kNoiseChunk - 1) / kNoiseChunk;
}
/// The stream of a sample's chunk `chunk`, counted through all channels: its pixel i gets element
/// i.
constexpr RandomStream noise_stream(const RandomStream& random, std::int64_t chunk) {
  return {(random.key ^ kNoiseKey) + static_cast<std::uint64_t>(chunk), random.draw};
}

}  // namespace augmentation
}  // namespace credence

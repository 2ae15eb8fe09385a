// Random rotation, mirroring, shift and noise of images of bytes on their way into a batch: which
// random number of a sample decides what, and where each pixel comes from. The loader on the host
// (data/transform.cpp), which works by rows, and the kernel on the device (cuda/augmentation.cu),
// which works by pixels, share these formulas.
#pragma once

#include "framework/core/random.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>

namespace credence {

/// The random moves of images [C, H, W]. A step whose numbers are 0 changes nothing.
struct Augmentation {
  std::int64_t channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
  /// The range of the rotation about the image's centre, in degrees counter-clockwise.
  double least_angle = 0.0;
  double greatest_angle = 0.0;
  double flip_probability = 0.0;  ///< of mirroring left to right
  std::int64_t crop_padding = 0;  ///< the largest shift in each direction, in pixels
};

namespace augmentation {

// The element of a sample's random stream that each step uses. Noise has streams of its own.
inline constexpr std::int64_t kCropDown = 0;
inline constexpr std::int64_t kCropRight = 1;
inline constexpr std::int64_t kFlip = 2;
inline constexpr std::int64_t kAngle = 3;
inline constexpr std::uint64_t kNoiseKey = 0x4E6F697365000000U;

/// A rotation that is counter-clockwise to the viewer, although rows count downwards.
struct Turn {
  double cosine;
  double sine;
};

/// The rotation by an angle in degrees. Multiples of 90 degrees are exact.
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

/// The move of a sample's pixels: the image is rotated, then mirrored, then shifted by `down` rows
/// and `right` columns.
struct Move {
  Turn turn;
  bool flip;
  std::int64_t down;
  std::int64_t right;

  constexpr bool rotated() const { return turn.cosine != 1.0; }
};

/// Draws a sample's move from its random numbers: the angle uniformly from the range, mirroring
/// with its probability, and each shift uniformly from the integers −crop_padding … crop_padding.
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

/// The columns [begin, end) that show a part of the image after its shift.
struct Columns {
  std::int64_t begin;
  std::int64_t end;
};
constexpr Columns visible_columns(const Move& move, std::int64_t width) {
  return {move.right > 0 ? move.right : 0, move.right < 0 ? width + move.right : width};
}

/// The row and column in the rotated image of the pixel that ends up in the given row and column;
/// outside the image where the shift leaves the pixel empty.
constexpr std::int64_t row_before(const Move& move, std::int64_t row) { return row - move.down; }
constexpr std::int64_t column_before(const Move& move, std::int64_t width, std::int64_t column) {
  const std::int64_t shifted = column - move.right;
  return move.flip ? width - 1 - shifted : shifted;
}
/// The change of column_before from one column to the next.
constexpr int column_step(const Move& move) { return move.flip ? -1 : 1; }

/// The points (x + i·dx, y + i·dy) for i = 0, 1, …. x counts columns and y rows; pixel centres are
/// whole numbers.
struct PixelLine {
  double x;
  double y;
  double dx;
  double dy;
};

/// The points of the original image that the pixels of a rotated image show: the pixels of row
/// `row` from column `column` on, leftwards where `step` is -1. The rotation is about the centre
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

/// The value at point i of a line, interpolated bilinearly between the four pixels around it.
/// Pixels outside the plane are zero.
template <class T>
constexpr float interpolate(const T* plane, std::int64_t height, std::int64_t width,
                            const PixelLine& line, std::int64_t i) {
  const double x = line.x + static_cast<double>(i) * line.dx;
  const double y = line.y + static_cast<double>(i) * line.dy;
  if (!(x > -1.0 && y > -1.0 && x < static_cast<double>(width) &&
        y < static_cast<double>(height))) {
    return 0.0F;
  }
  // x and y are above -1, so that the conversion of x + 1 to an integer rounds downwards.
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

/// The normalised float of a byte or of a value between two bytes: zero + unit · byte.
struct LevelLine {
  float zero;
  float unit;
  constexpr float operator()(float byte) const { return zero + unit * byte; }
};
/// The line through the normalised floats of bytes 0 and 255 of a channel.
constexpr LevelLine level_line(const float* levels) {
  return {levels[0], (levels[255] - levels[0]) / 255.0F};
}

/// The number of pixels of a channel that share one stream of noise.
inline constexpr std::int64_t kNoiseChunk = 1024;
/// The number of chunks of a channel with this number of pixels.
constexpr std::int64_t noise_chunks(std::int64_t pixels) {
  return (pixels + kNoiseChunk - 1) / kNoiseChunk;
}
/// The noise stream of a sample's chunk, where chunks are numbered through all channels. Pixel i of
/// the chunk gets element i.
constexpr RandomStream noise_stream(const RandomStream& random, std::int64_t chunk) {
  return {(random.key ^ kNoiseKey) + static_cast<std::uint64_t>(chunk), random.draw};
}

}  // namespace augmentation
}  // namespace credence

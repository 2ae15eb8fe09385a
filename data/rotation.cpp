#include "data/rotation.hpp"

#include "data/bilinear.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <type_traits>

#include <fmt/format.h>

namespace credence::data {
namespace {

template <class T>
void rotate_planes(const Tensor& images, const Turn& turn, const Tensor& rotated) {
  const std::int64_t height = images.shape()[2];
  const std::int64_t width = images.shape()[3];
  const std::int64_t plane = height * width;
  const T* from = images.data<T>();
  T* to = rotated.data<T>();
  const std::int64_t planes = images.shape()[0] * images.shape()[1];
  constexpr std::int64_t kPlanesPerTask = 8;
  parallel_for(planes, kPlanesPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin * height; row < end * height; ++row) {
      const PixelLine line = source_line(turn, height, width, row % height, 0, 1);
      T* out = to + row * width;
      sample_line(from + row / height * plane, height, width, line, width,
                  [&](std::int64_t column, float value) {
                    if constexpr (std::is_same_v<T, std::uint8_t>) {
                      out[column] = static_cast<std::uint8_t>(value + 0.5F);
                    } else {
                      out[column] = value;
                    }
                  });
    }
  });
}

}  // namespace

Turn turn_by(double degrees) {
  const double within = std::remainder(degrees, 360.0);  // exact, in [-180, 180]
  if (within == 0.0) return {1.0, 0.0};
  if (within == 90.0) return {0.0, 1.0};
  if (within == -90.0) return {0.0, -1.0};
  if (std::abs(within) == 180.0) return {-1.0, 0.0};
  const double radians = within * (std::numbers::pi / 180.0);
  return {std::cos(radians), std::sin(radians)};
}

Tensor rotate(const Tensor& images, double degrees) {
  if (!images.defined() || images.shape().rank() != 4 ||
      (images.dtype() != DType::uint8 && images.dtype() != DType::float32)) {
    throw ShapeError(fmt::format("[rotate] images must be uint8 or float32 [N, C, H, W], found {}",
                                 images.defined() ? images.shape().to_string() : "none"));
  }
  if (!std::isfinite(degrees)) {
    throw ValueError(
        fmt::format("[rotate] an angle of {} degrees, expected a finite one", degrees));
  }
  Tensor rotated = Tensor::empty_like(images);
  const Turn turn = turn_by(degrees);
  if (images.dtype() == DType::uint8) {
    rotate_planes<std::uint8_t>(images, turn, rotated);
  } else {
    rotate_planes<float>(images, turn, rotated);
  }
  return rotated;
}

}  // namespace credence::data

// Rotation of batches of images, with the formulas of framework/formulas/augmentation.hpp.
#include "data/rotation.hpp"

#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/formulas/augmentation.hpp"

#include <cmath>
#include <cstdint>
#include <type_traits>

#include <fmt/format.h>

namespace credence::data {
namespace {

template <class T>
void rotate_planes(const Tensor& images, const augmentation::Turn& turn, const Tensor& rotated) {
  const std::int64_t height = images.shape()[2];
  const std::int64_t width = images.shape()[3];
  const std::int64_t plane = height * width;
  const T* from = images.data<T>();
  T* to = rotated.data<T>();
  const std::int64_t planes = images.shape()[0] * images.shape()[1];
  constexpr std::int64_t kPlanesPerTask = 8;
  parallel_for(planes, kPlanesPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin * height; row < end * height; ++row) {
      const augmentation::PixelLine line =
          augmentation::source_line(turn, height, width, row % height, 0, 1);
      const T* const source = from + row / height * plane;
      T* out = to + row * width;
      for (std::int64_t column = 0; column < width; ++column) {
        const float value = augmentation::interpolate(source, height, width, line, column);
        if constexpr (std::is_same_v<T, std::uint8_t>) {
          out[column] = static_cast<std::uint8_t>(value + 0.5F);
        } else {
          out[column] = value;
        }
      }
    }
  });
}

}  // namespace

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
  const augmentation::Turn turn = augmentation::turn_by(degrees);
  if (images.dtype() == DType::uint8) {
    rotate_planes<std::uint8_t>(images, turn, rotated);
  } else {
    rotate_planes<float>(images, turn, rotated);
  }
  return rotated;
}

}  // namespace credence::data

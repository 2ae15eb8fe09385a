// Separable bilinear resizing: rows first, then columns, each target pixel a weighted mean of
// source pixels.
#include "data/resize.hpp"

#include "data/pixel.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace credence::data {
namespace {

// The source pixels of which a target pixel is the weighted mean.
struct Window {
  std::int64_t first = 0;
  std::vector<float> weights;
};

std::vector<Window> windows(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double support = std::max(1.0, scale);
  std::vector<Window> result(static_cast<std::size_t>(to));
  for (std::int64_t i = 0; i < to; ++i) {
    Window& window = result[static_cast<std::size_t>(i)];
    const double center = (static_cast<double>(i) + 0.5) * scale;
    window.first = std::max<std::int64_t>(0, std::llround(center - support));
    const std::int64_t end = std::min<std::int64_t>(from, std::llround(center + support));
    double sum = 0.0;
    std::vector<double> weights;
    for (std::int64_t j = window.first; j < end; ++j) {
      const double distance = std::abs(static_cast<double>(j) + 0.5 - center);
      weights.push_back(std::max(0.0, 1.0 - distance / support));
      sum += weights.back();
    }
    for (const double weight : weights) window.weights.push_back(static_cast<float>(weight / sum));
  }
  return result;
}

void require_resizable(const Tensor& images, const Shape& image) {
  const Shape& from = images.shape();
  const bool fits = images.dtype() == DType::uint8 && images.device() == Device::cpu &&
                    from.rank() == 4 && image.rank() == 3 && image.numel() > 0 &&
                    from[1] * from[2] * from[3] > 0;
  if (!fits || (from[1] != image[0] && !(from[1] == 1 && image[0] == 3) &&
                !(from[1] == 3 && image[0] == 1))) {
    throw ShapeError("[resize_images] cannot make images of the shape " + image.to_string() +
                     " from " + to_string(images.dtype()) + " " + from.to_string() +
                     ", expected uint8 [N, C, H, W] on the CPU with as many channels, or 1 and 3");
  }
}

// One grey plane of an image of three.
std::vector<std::uint8_t> grey_plane(const std::uint8_t* image, std::int64_t pixels) {
  std::vector<std::uint8_t> grey(static_cast<std::size_t>(pixels));
  for (std::int64_t i = 0; i < pixels; ++i) {
    grey[static_cast<std::size_t>(i)] = grey_of(image[i], image[pixels + i], image[2 * pixels + i]);
  }
  return grey;
}

}  // namespace

Tensor resize_images(const Tensor& images, const Shape& image) {
  require_resizable(images, image);
  const Shape& from = images.shape();
  if (Shape{from[1], from[2], from[3]} == image) return images;
  const Tensor result = Tensor::empty({from[0], image[0], image[1], image[2]}, DType::uint8);
  const std::int64_t pixels = from[2] * from[3];
  const std::int64_t new_pixels = image[1] * image[2];
  parallel_for(from[0], 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const std::uint8_t* const source = images.data<std::uint8_t>() + n * from[1] * pixels;
      std::uint8_t* const target = result.data<std::uint8_t>() + n * image[0] * new_pixels;
      const bool to_grey = from[1] == 3 && image[0] == 1;
      const std::vector<std::uint8_t> grey =
          to_grey ? grey_plane(source, pixels) : std::vector<std::uint8_t>{};
      for (std::int64_t c = 0; c < image[0]; ++c) {
        const std::uint8_t* const plane =
            to_grey ? grey.data() : source + (from[1] == 1 ? 0 : c) * pixels;
        resize_plane(plane, from[2], from[3], target + c * new_pixels, image[1], image[2]);
      }
    }
  });
  return result;
}

void resize_plane(const std::uint8_t* source, std::int64_t height, std::int64_t width,
                  std::uint8_t* target, std::int64_t new_height, std::int64_t new_width) {
  if (height == new_height && width == new_width) {
    std::copy_n(source, height * width, target);
    return;
  }
  const auto columns = windows(width, new_width);
  const auto rows = windows(height, new_height);
  std::vector<float> narrow(static_cast<std::size_t>(height * new_width));
  auto* value = narrow.data();
  for (std::int64_t row = 0; row < height; ++row, source += width) {
    for (const Window& window : columns) {
      float sum = 0.0F;
      for (std::size_t j = 0; j < window.weights.size(); ++j) {
        sum += window.weights[j] *
               static_cast<float>(source[window.first + static_cast<std::int64_t>(j)]);
      }
      *value++ = sum;
    }
  }
  std::vector<float> sums(static_cast<std::size_t>(new_width));
  for (const Window& window : rows) {
    std::fill(sums.begin(), sums.end(), 0.0F);
    const float* line = narrow.data() + window.first * new_width;
    for (const float weight : window.weights) {
      for (float& sum : sums) sum += weight * *line++;
    }
    target = std::transform(sums.begin(), sums.end(), target, to_byte);
  }
}

}  // namespace credence::data

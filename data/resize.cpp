// Separable bilinear resizing: rows first, then columns, each target pixel a weighted mean of
// source pixels.
#include "data/resize.hpp"

#include "data/pixel.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

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

}  // namespace

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

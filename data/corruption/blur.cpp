// Blurs: sums of shifted images for Gaussian and defocus blur, of magnified ones for zoom blur.
#include "data/corruption/blur.hpp"

#include "data/pixel.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace credence::data {
namespace {

using Plane = std::vector<float>;

// A kernel's entry: the image's value `down` rows below and `right` columns to the right.
struct Tap {
  std::int64_t down;
  std::int64_t right;
  float weight;
};

// How an image continues beyond its border.
enum class Border : std::uint8_t {
  edge,    // a a a | a b c | c c c
  mirror,  // d c b | a b c d | c b a
};

// The pixel of a side of `size` pixels that stands for pixel `at`.
std::int64_t inside(std::int64_t at, std::int64_t size, Border border) {
  if (border == Border::edge) return std::clamp<std::int64_t>(at, 0, size - 1);
  if (size == 1) return 0;
  const std::int64_t period = 2 * (size - 1);
  const std::int64_t within = (at % period + period) % period;
  return std::min(within, period - within);
}

// A sum of shifted images, Σ weight · image[row + down, column + right].
class Correlation {
 public:
  Correlation(const ImageShape& shape, const std::vector<Tap>& taps, Border border)
      : height_(shape.height), width_(shape.width), border_(border) {
    for (const Tap& tap : taps) {
      if (tap.weight == 0.0F) continue;
      taps_.push_back(tap);
      margin_down_ = std::max(margin_down_, std::abs(tap.down));
      margin_right_ = std::max(margin_right_, std::abs(tap.right));
    }
  }

  Plane operator()(const Plane& plane) const {
    const Plane framed = frame(plane);
    const std::int64_t stride = width_ + 2 * margin_right_;
    Plane sums(plane.size());
    for (std::int64_t row = 0; row < height_; ++row) {
      float* sum = sums.data() + row * width_;
      for (const Tap& tap : taps_) {
        const float* value =
            framed.data() + (row + margin_down_ + tap.down) * stride + margin_right_ + tap.right;
        for (std::int64_t column = 0; column < width_; ++column) {
          sum[column] += tap.weight * value[column];
        }
      }
    }
    return sums;
  }

 private:
  // The plane with margins on all sides.
  Plane frame(const Plane& plane) const {
    Plane framed;
    framed.reserve(
        static_cast<std::size_t>((height_ + 2 * margin_down_) * (width_ + 2 * margin_right_)));
    for (std::int64_t row = -margin_down_; row < height_ + margin_down_; ++row) {
      const float* source = plane.data() + inside(row, height_, border_) * width_;
      for (std::int64_t column = -margin_right_; column < width_ + margin_right_; ++column) {
        framed.push_back(source[inside(column, width_, border_)]);
      }
    }
    return framed;
  }

  std::int64_t height_;
  std::int64_t width_;
  Border border_;
  std::vector<Tap> taps_;
  std::int64_t margin_down_ = 0;
  std::int64_t margin_right_ = 0;
};

// Applies a function from plane to plane to each channel.
template <class Function>
ImageFunction for_each_channel(const ImageShape& shape, Function function) {
  return [shape, function](const std::uint8_t* image, const RandomStream&,
                           std::uint8_t* corrupted) {
    for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
      const std::uint8_t* source = image + channel * shape.plane();
      const Plane result = function(Plane(source, source + shape.plane()));
      std::transform(result.begin(), result.end(), corrupted + channel * shape.plane(), to_byte);
    }
  };
}

// The weights exp(−x² / 2σ²) for x = −radius…radius, normalised.
std::vector<double> gaussian_weights(double sigma, std::int64_t radius) {
  std::vector<double> weights;
  double sum = 0.0;
  for (std::int64_t x = -radius; x <= radius; ++x) {
    weights.push_back(std::exp(-0.5 * static_cast<double>(x * x) / (sigma * sigma)));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

// The smoothed disk: entry (y, x) is the sum of the Gaussian's weights over the disk's pixels.
std::vector<Tap> smoothed_disk(const corruption_levels::Defocus& defocus) {
  const std::int64_t half = defocus.radius <= 8 ? 1 : 2;
  const std::vector<double> smoothing = gaussian_weights(defocus.smoothness, half);
  const std::int64_t reach = static_cast<std::int64_t>(defocus.radius) + half;
  const auto in_disk = [&](std::int64_t y, std::int64_t x) {
    return static_cast<double>(y * y + x * x) <= defocus.radius * defocus.radius;
  };
  double pixels = 0.0;
  for (std::int64_t y = -reach; y <= reach; ++y) {
    for (std::int64_t x = -reach; x <= reach; ++x) pixels += in_disk(y, x) ? 1.0 : 0.0;
  }
  std::vector<Tap> taps;
  for (std::int64_t y = -reach; y <= reach; ++y) {
    for (std::int64_t x = -reach; x <= reach; ++x) {
      double weight = 0.0;
      for (std::int64_t down = -half; down <= half; ++down) {
        for (std::int64_t right = -half; right <= half; ++right) {
          if (!in_disk(y + down, x + right)) continue;
          weight += smoothing[static_cast<std::size_t>(down + half)] *
                    smoothing[static_cast<std::size_t>(right + half)];
        }
      }
      taps.push_back({y, x, static_cast<float>(weight / pixels)});
    }
  }
  return taps;
}

// Where the pixels of a magnified side come from: between pixels `first` and `first` + 1 of the
// side, the second with the weight `second`.
struct Between {
  std::int64_t first;
  float second;
};

std::vector<Between> magnified(std::int64_t side, double factor) {
  const double exact = static_cast<double>(side);
  const auto part = static_cast<std::int64_t>(std::ceil(exact / factor));
  const auto stretched =
      static_cast<std::int64_t>(std::nearbyint(static_cast<double>(part) * factor));
  const std::int64_t part_start = (side - part) / 2;
  std::vector<Between> sources;
  for (std::int64_t i = 0; i < side; ++i) {
    const double position =
        stretched == 1 ? 0.0
                       : static_cast<double>(i * (part - 1)) / static_cast<double>(stretched - 1);
    const auto first = static_cast<std::int64_t>(position);
    sources.push_back({part_start + first, static_cast<float>(position - std::floor(position))});
  }
  return sources;
}

// Where the pixels of an image magnified by one factor come from.
struct Magnified {
  std::vector<Between> rows;
  std::vector<Between> columns;
};

// Adds the magnified plane to `sum`.
void add_magnified(const Magnified& magnified, const Plane& plane, Plane& sum) {
  const std::size_t width = magnified.columns.size();
  const auto blend = [](float first, float second, float weight) {
    return first + weight * (second - first);
  };
  Plane line(width);
  float* out = sum.data();
  for (const Between& row : magnified.rows) {
    const float* upper = plane.data() + static_cast<std::size_t>(row.first) * width;
    // The row below the last one does not exist; its weight is 0.
    const float* lower = row.second == 0.0F ? upper : upper + width;
    for (std::size_t i = 0; i < width; ++i) line[i] = blend(upper[i], lower[i], row.second);
    for (const Between& column : magnified.columns) {
      const float* left = line.data() + column.first;
      *out++ += blend(left[0], column.second == 0.0F ? left[0] : left[1], column.second);
    }
  }
}

}  // namespace

ImageFunction gaussian_blur(const ImageShape& shape, double sigma) {
  const auto radius = static_cast<std::int64_t>(4.0 * sigma + 0.5);
  std::vector<Tap> across;
  std::vector<Tap> down;
  std::int64_t at = -radius;
  for (const double weight : gaussian_weights(sigma, radius)) {
    across.push_back({0, at, static_cast<float>(weight)});
    down.push_back({at++, 0, static_cast<float>(weight)});
  }
  return for_each_channel(shape, [rows = Correlation(shape, across, Border::edge),
                                  columns = Correlation(shape, down, Border::edge)](
                                     const Plane& plane) { return columns(rows(plane)); });
}

ImageFunction defocus_blur(const ImageShape& shape, const corruption_levels::Defocus& defocus) {
  return for_each_channel(shape, Correlation(shape, smoothed_disk(defocus), Border::mirror));
}

ImageFunction zoom_blur(const ImageShape& shape, const corruption_levels::Zoom& zoom) {
  // The rounding is that of numpy.arange: 32 pixels magnified by 1.25 become 33 of 26, not 32.
  const double step = (1.0 + zoom.step) - 1.0;
  std::vector<Magnified> images;
  for (int i = 0; i < zoom.count; ++i) {
    const double factor = 1.0 + i * step;
    images.push_back({magnified(shape.height, factor), magnified(shape.width, factor)});
  }
  return for_each_channel(shape, [images](const Plane& plane) {
    Plane mean = plane;
    for (const Magnified& image : images) add_magnified(image, plane, mean);
    for (float& value : mean) value /= static_cast<float>(images.size() + 1);
    return mean;
  });
}

}  // namespace credence::data

// Brightness and contrast.
#include "data/corruption/tone.hpp"

#include "data/pixel.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace credence::data {

// With hue and saturation fixed, all channels of a pixel are proportional to its value V, the
// largest of them. A black pixel has neither hue nor saturation.
ImageFunction brightness(const ImageShape& shape, double added) {
  return [shape, added = static_cast<float>(255.0 * added)](
             const std::uint8_t* image, const RandomStream&, std::uint8_t* corrupted) {
    const std::int64_t plane = shape.plane();
    for (std::int64_t pixel = 0; pixel < plane; ++pixel) {
      std::uint8_t largest = 0;
      for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
        largest = std::max(largest, image[channel * plane + pixel]);
      }
      const auto value = static_cast<float>(largest);
      const float brighter = std::min(value + added, 255.0F);
      for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
        const std::int64_t at = channel * plane + pixel;
        const float share = largest == 0 ? 1.0F : static_cast<float>(image[at]) / value;
        corrupted[at] = to_byte(brighter * share);
      }
    }
  };
}

ImageFunction contrast(const ImageShape& shape, double factor) {
  return [shape, factor = static_cast<float>(factor)](
             const std::uint8_t* image, const RandomStream&, std::uint8_t* corrupted) {
    for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
      const std::uint8_t* bytes = image + channel * shape.plane();
      const auto sum = std::accumulate(bytes, bytes + shape.plane(), std::int64_t{0});
      const auto mean =
          static_cast<float>(static_cast<double>(sum) / static_cast<double>(shape.plane()));
      std::transform(bytes, bytes + shape.plane(), corrupted + channel * shape.plane(),
                     [&](std::uint8_t byte) {
                       return to_byte(mean + factor * (static_cast<float>(byte) - mean));
                     });
    }
  };
}

}  // namespace credence::data

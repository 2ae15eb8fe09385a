#pragma once

#include <cstdint>
#include <vector>

namespace credence::data {

/// A plane of bytes, row by row, at another size: bilinear, each pixel the mean of the source's
/// under a triangle that widens by the factor of shrinking, so that fine detail is averaged and not
/// picked at random (as in Pillow and in PyTorch's interpolate with antialias). Rounded to the
/// nearest byte. All extents are at least 1.
void resize_plane(const std::uint8_t* source, std::int64_t height, std::int64_t width,
                  std::uint8_t* target, std::int64_t new_height, std::int64_t new_width);

}  // namespace credence::data

// Resizing of pictures.
#pragma once

#include <cstdint>
#include <vector>

namespace credence::data {

/// Resizes a plane of bytes, row by row, from height × width to new_height × new_width. Each target
/// pixel is the mean of the source under a triangle (bilinear interpolation). Where the plane
/// shrinks, the triangle widens by the same factor, so that fine detail is averaged (as in Pillow,
/// and in torch.nn.functional.interpolate with antialias). The result is rounded to the nearest
/// byte. All extents are at least 1.
void resize_plane(const std::uint8_t* source, std::int64_t height, std::int64_t width,
                  std::uint8_t* target, std::int64_t new_height, std::int64_t new_width);

}  // namespace credence::data

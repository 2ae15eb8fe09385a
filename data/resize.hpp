// Resizing of pictures.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>

namespace credence::data {

/// Resizes a plane of bytes, row by row, from height × width to new_height × new_width. Each target
/// pixel is the mean of the source under a triangle (bilinear interpolation). Where the plane
/// shrinks, the triangle widens by the same factor, so that fine detail is averaged (as in Pillow,
/// and in torch.nn.functional.interpolate with antialias). The result is rounded to the nearest
/// byte. All extents are at least 1.
void resize_plane(const std::uint8_t* source, std::int64_t height, std::int64_t width,
                  std::uint8_t* target, std::int64_t new_height, std::int64_t new_width);

/// Images, uint8 [N, C, H, W], as [N, C', H', W'] for the shape [C', H', W'] of one image: each
/// plane resized, a grey image repeated in three channels, one of three channels made grey for one
/// (see grey_of). Images that have the shape are returned themselves. Throws ShapeError for other
/// inputs, for other changes of the number of channels and for extents below 1.
Tensor resize_images(const Tensor& images, const Shape& image);

}  // namespace credence::data

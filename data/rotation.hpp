// Rotation of images.
#pragma once

#include "framework/core/tensor.hpp"

namespace credence::data {

/// Rotates images [N, C, H, W], uint8 or float32, counter-clockwise by `degrees` about their
/// centre, with bilinear interpolation. Pixels from outside the image are zero. uint8 results are
/// rounded to the nearest. Where H = W, multiples of 90 degrees only move pixels. Throws ShapeError
/// for another rank or type, and ValueError for an angle that is not finite.
Tensor rotate(const Tensor& images, double degrees);

}  // namespace credence::data

#pragma once

#include "framework/core/tensor.hpp"

namespace credence::data {

/// The images [N, C, H, W], uint8 or float32, turned counter-clockwise by `degrees` about their
/// centre, interpolated bilinearly, zeros where nothing was; uint8 is rounded to the nearest. Where
/// H = W, multiples of 90 degrees only move pixels. Throws ShapeError for another rank or type,
/// ValueError for an angle that is not finite.
Tensor rotate(const Tensor& images, double degrees);

}  // namespace credence::data

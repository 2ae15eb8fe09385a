// Coarse pixels. data/corruption.hpp has the formula, data/corruption/levels.hpp the parameters.
#pragma once

#include "data/corruption/image_function.hpp"

namespace credence::data {

/// The reduction averages along the rows, rounds to bytes, then does the same along the columns, as
/// the method resize of Pillow does with its filter BOX.
ImageFunction pixelate(const ImageShape& shape, double factor);

}  // namespace credence::data

// Mean and standard deviation of the pixels of images.
#pragma once

#include "data/dataset.hpp"
#include "data/transform.hpp"

#include <cstdint>
#include <span>

namespace credence::data {

/// The normalisation after which the pixels of the images at `indices` have mean 0 and variance 1
/// in each channel: mean and standard deviation (with divisor N) of pixel / 255. They are computed
/// from counts of the 256 bytes, so that they do not depend on any order. A channel whose pixels
/// are all the same has deviation 1. Throws ValueError unless the data set has images, for an index
/// outside it, and where there are no indices.
Normalize pixel_statistics(const Dataset& dataset, std::span<const std::int64_t> indices);

}  // namespace credence::data

// The data set image-folder: a user's own pictures, sorted into folders.
#pragma once

#include "data/dataset.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// What --dataset calls it.
inline constexpr const char* kImageFolder = "image-folder";

/// The pictures of `folder`/CLASS as images of the shape [C, H, W], those with transparency on
/// white. `classes` are the folders in the order of their labels, empty for ascending order; see
/// data::image_folder for what it throws. Throws Error in a build that cannot read pictures.
data::Dataset read_pictures(const std::filesystem::path& folder, const Shape& image,
                            const std::vector<std::string>& classes);

}  // namespace credence::benchmarks

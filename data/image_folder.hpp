// Pictures sorted into folders, as in dir/cat/1.png, dir/cat/2.jpg, dir/dog/1.png. Part of the
// library credence_images.
#pragma once

#include "data/dataset.hpp"

#include <cstdint>
#include <filesystem>

namespace credence::data {

/// What each picture is made into (see read_image).
struct ImageFolderOptions {
  std::int64_t height = 32;
  std::int64_t width = 32;
  std::int64_t channels = 3;
};

/// A data set of the pictures in the folders of `dir`, one folder for each class: the folders'
/// names in ascending order (by bytes) are the classes, and the pictures of a class follow in the
/// order of their names. Files that do not end in .png, .jpg, .jpeg or .bmp (in any case), folders
/// in the classes' folders and names that begin with a dot are passed over. The data set's name is
/// the folder's. Decodes in parallel. Throws FileError where `dir` is no folder, has no folders, or
/// one without pictures, and for the first picture that cannot be read; ValueError as read_image
/// does.
Dataset image_folder(const std::filesystem::path& dir, const ImageFolderOptions& options);

}  // namespace credence::data

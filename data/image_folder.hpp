// Pictures sorted into folders, as in dir/cat/1.png, dir/cat/2.jpg, dir/dog/1.png. Part of the
// library credence_images.
#pragma once

#include "data/colour.hpp"
#include "data/dataset.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace credence::data {

/// What each picture is made into (see read_image), and which classes there are.
struct ImageFolderOptions {
  std::int64_t height = 32;
  std::int64_t width = 32;
  std::int64_t channels = 3;
  Colour background = kWhite;  ///< that transparent pictures lie on
  /// The names of the folders in the order of their labels; empty for all folders in ascending
  /// order (by bytes). Two splits of a data set need the same: give the second one the class_names
  /// of the first.
  std::vector<std::string> classes{};
};

/// A data set of the pictures in the folders of `dir`, one folder for each class. The pictures of a
/// class follow in the order of their names. Files that do not end as a picture does, files beside
/// the folders, folders in the classes' folders and names that begin with a dot are passed over;
/// symbolic links count as what they point to. The data set's name is the folder's. Decodes in
/// parallel.
///
/// Nothing that may be a class or a picture is passed over in silence. Throws FileError, naming the
/// path: where `dir` is no folder or has no folders; for a class without a folder, a folder that is
/// none of the `classes`, and a folder without pictures; for a link that points nowhere or to
/// itself, for what is neither a file nor a folder (a pipe, a device, a socket), and for what
/// cannot be looked at; for a file named like a picture of a kind that is not read (.webp, .gif,
/// .tiff and their like; .png, .jpg, .jpeg and .bmp are, in any case); and for the first picture
/// that cannot be read. Throws ValueError as read_image does, and for `classes` that name a folder
/// twice.
Dataset image_folder(const std::filesystem::path& dir, const ImageFolderOptions& options);

}  // namespace credence::data

// Pictures sorted into folders, such as dir/cat/1.png, dir/cat/2.jpg and dir/dog/1.png. Part of the
// library credence_images.
#pragma once

#include "data/colour.hpp"
#include "data/dataset.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace credence::data {

/// How pictures are converted (see read_image), and which classes there are.
struct ImageFolderOptions {
  std::int64_t height = 32;
  std::int64_t width = 32;
  std::int64_t channels = 3;
  Colour background = kWhite;  ///< on which transparent pictures are laid
  /// The names of the folders in the order of their labels. Empty: all folders in ascending order
  /// (by bytes). Two splits of a data set need the same order: pass the class_names of the first to
  /// the second.
  std::vector<std::string> classes{};
};

/// Reads the pictures in the folders of `dir`, one folder for each class, in parallel. The pictures
/// of a class are in the order of their names. Ignored are files without a picture's ending, files
/// beside the folders, folders in the classes' folders, and names that begin with a dot. A symbolic
/// link counts as its target. The data set's name is the folder's.
///
/// Nothing that may be a class or a picture is ignored silently. Throws FileError that names the
/// path
/// - where `dir` is not a folder or has no folders;
/// - for a class without a folder, a folder that is not among `classes`, and a folder without
///   pictures;
/// - for a link without a target, for an entry that is neither a file nor a folder (a pipe, a
///   device, a socket), and for one that cannot be examined;
/// - for a file named like a picture of a format that is not read (.webp, .gif, .tiff and others;
///   .png, .jpg, .jpeg and .bmp are read, in any case of letters);
/// - for the first picture that cannot be read.
/// Throws ValueError as read_image does, and for a class that is named twice.
Dataset image_folder(const std::filesystem::path& dir, const ImageFolderOptions& options);

/// The pictures in `dir` and in the folders below it, in the order of their paths: all files with
/// the ending of a picture, those of formats that are not read among them, so that reading them
/// says so. Names that begin with a dot are left out, and links to folders are not followed. Throws
/// FileError where there are no pictures, and for folders and entries that cannot be examined, as
/// image_folder does.
std::vector<std::filesystem::path> pictures_below(const std::filesystem::path& dir);

}  // namespace credence::data

// A folder of a user's pictures as the parts of a run.
#pragma once

#include "benchmarks/driver/run_sets.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// How the pictures of a folder are read.
struct PictureSetOptions {
  Shape image;  ///< [C, H, W]
  /// The folders of the classes in the order of their labels; empty for ascending order.
  std::vector<std::string> classes{};
  std::uint64_t seed = 1;  ///< chooses the test pictures where the folder does not
};

/// Whether the seed chooses the test pictures of `dir`: unless it has the part test/. Folders with
/// the names train and test are parts, and no classes, where both are there. One alone is a part
/// where it has folders itself.
bool seed_chooses_test(const std::filesystem::path& dir);

/// The parts of a folder with a folder of pictures for each class. The training pictures are in
/// `dir`/train/CLASS, the test pictures in `dir`/test/CLASS, and the validation pictures, where
/// there is such a folder, in `dir`/val/CLASS; these are the last of RunSets::train. Without test/
/// the seed chooses a fifth of the training pictures of each class (rounded down, at least one) for
/// the test. Without train/ and test/ the classes are `dir`/CLASS. All parts have the classes of
/// the training part in its order. Throws as read_pictures does, and FileError where a class, of
/// which the seed chooses test pictures, has fewer than two.
RunSets read_picture_sets(const std::filesystem::path& dir, const PictureSetOptions& options);

/// The pictures in `dir`/test/CLASS, for which there need be no others.
data::Dataset read_test_pictures(const std::filesystem::path& dir,
                                 const PictureSetOptions& options);

}  // namespace credence::benchmarks

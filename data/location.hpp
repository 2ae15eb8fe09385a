// Where data sets are searched for: in the folder that the user names, or else in the folder of the
// environment variable CREDENCE_DATA and in the user's cache folder.
#pragma once

#include "data/dataset.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace credence::data {

/// The two files of a split of a data set in idx format.
struct IdxFiles {
  std::filesystem::path images;
  std::filesystem::path labels;
};

/// The names of a split's files in MNIST's convention, without ".gz".
IdxFiles idx_file_names(Split split);

// The functions below that search for files throw FileError for a symbolic link with a file's name
// that leads to no file, instead of using other data.

/// The files of a split, in folder/NAME or in the folder itself, plain or with ".gz"; nothing where
/// one is missing. `name` is "mnist" or "fashion-mnist".
std::optional<IdxFiles> find_idx_files(const std::filesystem::path& folder, std::string_view name,
                                       Split split);

/// The same, but throws FileError with the folder and the file names where one is missing.
IdxFiles require_idx_files(const std::filesystem::path& folder, std::string_view name, Split split);

/// The files of a split of CIFAR-10: one for each batch, or an archive.
struct Cifar10Files {
  std::vector<std::filesystem::path> batches;
  std::filesystem::path archive;  ///< set where there are no batches
};

/// The names of a split's batches: data_batch_1.bin to data_batch_5.bin, or test_batch.bin.
std::vector<std::string> cifar10_batch_names(Split split);

/// The files of a split. The batches are searched for in folder/cifar10, folder/cifar-10 and the
/// folder itself, and in a folder cifar-10-batches-bin inside each of these. Then the archive
/// cifar-10-binary.tar is searched for in the same three folders. All files may end in ".gz".
/// `folder` may also be the archive itself, whatever its name. Nothing where no file is found.
std::optional<Cifar10Files> find_cifar10_files(const std::filesystem::path& folder, Split split);

/// The same, but throws FileError with the folder and the file names, or with the batch that is
/// missing among others.
Cifar10Files require_cifar10_files(const std::filesystem::path& folder, Split split);

/// The library's name of a data set in files: "mnist", "fashion-mnist" or "cifar10", which may be
/// spelled "cifar-10". Throws ValueError for another name.
std::string_view canonical_name(std::string_view name);

/// The default folder of downloads: $XDG_CACHE_HOME/credence, else ~/.cache/credence. Throws Error
/// where neither XDG_CACHE_HOME nor HOME is set.
std::filesystem::path cache_folder();

/// The folders in which a data set is searched for, in order; only `explicit_dir` where it is
/// given.
std::vector<std::filesystem::path> search_folders(
    const std::optional<std::filesystem::path>& explicit_dir = std::nullopt);

/// The first of the search folders that contains the given split of a data set, or either split
/// where none is given; nothing where none does. Throws FileError with the file names where an
/// explicit folder does not contain them, and ValueError for a name that canonical_name does not
/// know.
std::optional<std::filesystem::path> find(
    std::string_view name, const std::optional<std::filesystem::path>& explicit_dir = std::nullopt,
    std::optional<Split> split = std::nullopt);

}  // namespace credence::data

// Where data sets are looked for: the folder that the user names; else the folder in the
// environment variable CREDENCE_DATA; else the user's cache folder.
#pragma once

#include "data/dataset.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace credence::data {

/// The two files of one split of a data set in idx format.
struct IdxFiles {
  std::filesystem::path images;
  std::filesystem::path labels;
};

/// The names of a split's files in MNIST's convention, without ".gz".
IdxFiles idx_file_names(Split split);

// All that looks for files throws FileError for a symbolic link of a file's name that leads to no
// file, rather than go on to other data.

/// The files of a split, in folder/NAME or in the folder itself, plain or with ".gz"; nothing where
/// one is missing. `name` is "mnist" or "fashion-mnist".
std::optional<IdxFiles> find_idx_files(const std::filesystem::path& folder, std::string_view name,
                                       Split split);

/// As find_idx_files, but throws FileError naming the folder and the files looked for.
IdxFiles require_idx_files(const std::filesystem::path& folder, std::string_view name, Split split);

/// Where a split of CIFAR-10 lies: in one file for each batch, or in an archive.
struct Cifar10Files {
  std::vector<std::filesystem::path> batches;
  std::filesystem::path archive;  ///< where there are no batches
};

/// The names of a split's batches: data_batch_1.bin to data_batch_5.bin, or test_batch.bin.
std::vector<std::string> cifar10_batch_names(Split split);

/// The files of a split: the batches in folder/cifar10, folder/cifar-10 or the folder itself, or in
/// cifar-10-batches-bin inside one of these; else cifar-10-binary.tar in one of the three; all also
/// with ".gz". `folder` may also be the archive itself, whatever its name. Nothing where none is.
std::optional<Cifar10Files> find_cifar10_files(const std::filesystem::path& folder, Split split);

/// As find_cifar10_files, but throws FileError naming the folder and what was looked for, or the
/// batch that is missing among others.
Cifar10Files require_cifar10_files(const std::filesystem::path& folder, Split split);

/// The name that this library knows a data set in files by: "mnist", "fashion-mnist" or "cifar10",
/// which may be spelled "cifar-10". Throws ValueError for another name.
std::string_view canonical_name(std::string_view name);

/// $XDG_CACHE_HOME/credence, else ~/.cache/credence: where downloads go unless told otherwise.
/// Throws Error where neither XDG_CACHE_HOME nor HOME is set.
std::filesystem::path cache_folder();

/// The folders in which a data set is looked for, in order; `explicit_dir` alone where it is given.
std::vector<std::filesystem::path> search_folders(
    const std::optional<std::filesystem::path>& explicit_dir = std::nullopt);

/// The first of the search folders that holds the given split of a data set, or either split where
/// none is given; nothing where no folder does. An explicit folder without the files is an error:
/// FileError, naming what was looked for. Throws ValueError for a name that canonical_name does
/// not know.
std::optional<std::filesystem::path> find(
    std::string_view name, const std::optional<std::filesystem::path>& explicit_dir = std::nullopt,
    std::optional<Split> split = std::nullopt);

}  // namespace credence::data

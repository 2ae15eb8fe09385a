// NumPy's archives of arrays: .npz files, by numpy.savez and numpy.savez_compressed.
#pragma once

#include "data/npy.hpp"
#include "framework/core/named_tensor.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace credence::data {

/// The names of the arrays in an archive, in its order. Throws FileError as read_npz does, without
/// a look at the arrays.
std::vector<std::string> npz_names(const std::filesystem::path& path);

/// Reads arrays of an archive as read_npy reads a file: those of these names, in this order, or all
/// of them in the archive's. Each is unpacked to the size that its header says, and no further.
///
/// Throws FileError where the file is no ZIP archive or damaged, has an array twice or an entry
/// that is no array, or lacks one of the names, and as read_npy does, with "PATH: NAME.npy" and the
/// byte of the unpacked array.
std::vector<NamedTensor> read_npz(const std::filesystem::path& path,
                                  const std::vector<std::string>& names = {},
                                  const NpyOptions& options = {});

}  // namespace credence::data

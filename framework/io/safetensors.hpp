// The safetensors file format (https://github.com/huggingface/safetensors): a 64-bit little-endian
// header size, a JSON header that gives each tensor's type, shape and place, and the elements,
// packed in row-major order. Such a file holds numbers and text alone: reading one runs no code.
#pragma once

#include "framework/core/named_tensor.hpp"

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace credence::io {

using credence::NamedTensor;

/// What a file holds.
struct SafeTensors {
  std::vector<NamedTensor> tensors;  ///< in the order of their elements in the file
  std::map<std::string, std::string> metadata;

  /// The tensor of that name; null where there is none.
  const Tensor* find(std::string_view name) const;
};

/// Writes the tensors and the metadata, replacing the file in one step (see write_file_atomically).
/// The order in the file is that of the format's own library: by type, the largest elements first,
/// then by name.
/// Throws ValueError for a name that is taken twice or "__metadata__", for text that is not UTF-8,
/// and for a tensor that is undefined; FileError where the file cannot be written.
void save_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a file. All of the header is checked against the file's size before memory for any tensor
/// is taken: the elements must cover the rest of the file without overlaps, gaps or bytes left
/// over. Throws FileError for a file that cannot be read, breaks the format or has elements of
/// another type than F32, F64, U8, I32 and I64.
SafeTensors load_safetensors(const std::filesystem::path& path);

}  // namespace credence::io

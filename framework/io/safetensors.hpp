// The safetensors file format (https://github.com/huggingface/safetensors): a 64-bit little-endian
// header size, a JSON header with each tensor's type, shape and position, and the elements, packed
// in row-major order. A file contains only numbers and text: reading one runs no code.
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

/// The content of a file.
struct SafeTensors {
  std::vector<NamedTensor> tensors;  ///< in the order of their elements in the file
  std::map<std::string, std::string> metadata;

  /// The tensor with this name; null where there is none.
  const Tensor* find(std::string_view name) const;
};

/// Writes the tensors, from any device, and the metadata, replacing the file in one step (see
/// write_file_atomically). The order in the file is that of the format's own library: by type, with
/// the largest elements first, then by name. Throws ValueError for a name that occurs twice or is
/// "__metadata__", for text that is not UTF-8, for a header above 100,000,000 bytes and for an
/// undefined tensor. Throws FileError where the file cannot be written.
void save_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a file to the CPU: F16 and BF16 as float32, which has all their values. The header is
/// checked against the file's size before memory for a tensor is allocated: the elements must cover
/// the rest of the file without overlaps, gaps or extra bytes. Throws FileError where the file
/// cannot be read, breaks the format or has types other than F32, F64, F16, BF16, U8, I32 and I64.
SafeTensors load_safetensors(const std::filesystem::path& path);

}  // namespace credence::io

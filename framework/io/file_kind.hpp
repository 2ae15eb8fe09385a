// Recognises a file's format by its first bytes, for the error message of a reader that expects
// another format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace credence::io {

/// The rough content of a file.
enum class FileUse : std::uint8_t {
  picture,
  safetensors,
  tensors,  ///< arrays or a whole model, in a format other than safetensors
  packed,   ///< an archive or a compressed file
  text,     ///< a text of no known format
  other,
};

/// A file's format.
struct FileKind {
  std::string name;  ///< with its article: "a WebP picture"; empty for an unknown format
  FileUse use = FileUse::other;
};

/// The number of first bytes of a file that kind_of looks at.
inline constexpr std::size_t kKindBytes = 512;

/// The format of a file that begins with these bytes: pictures, arrays and models of other
/// programs, archives, web pages and texts.
FileKind kind_of(std::span<const std::uint8_t> head);
/// The format of the file at `path`; unknown where it cannot be read.
FileKind kind_of(const std::filesystem::path& path);

}  // namespace credence::io

// What a file holds, told from its first bytes, for the message of a reader that expects something
// else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace credence::io {

enum class FileUse : std::uint8_t {
  picture,
  safetensors,
  tensors,  ///< arrays or a whole model, in another form than safetensors
  packed,   ///< an archive or a compressed file
  other,
};

struct FileKind {
  std::string name;  ///< with its article: "a WebP picture"; empty where nothing known begins so
  FileUse use = FileUse::other;
};

/// How many of a file's first bytes are enough for kind_of.
inline constexpr std::size_t kKindBytes = 512;

/// The kind of a file that begins with these bytes: pictures, arrays and models of other programs,
/// archives, web pages and texts, each by the signature that its specification gives.
FileKind kind_of(std::span<const std::uint8_t> head);
/// Of the file at `path`; nothing is known of one that cannot be read.
FileKind kind_of(const std::filesystem::path& path);

}  // namespace credence::io

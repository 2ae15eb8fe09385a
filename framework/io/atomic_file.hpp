#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace credence::io {

/// Replaces the file `path` by the bytes of `pieces`, one after the other, in a single step:
/// whoever opens it finds all of the old bytes or all of the new ones, even after a crash or a
/// power cut. A symbolic link stays; the file it points to is replaced. The new file's mode is 0666
/// less the umask. Throws FileError, with the system's reason, where that is impossible or `path`
/// is something else than a regular file. The old file is then as it was, and no temporary file is
/// left in its folder.
void write_file_atomically(const std::filesystem::path& path,
                           std::span<const std::span<const std::byte>> pieces);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// Throws what write_file_atomically would throw for want of a folder, of a right or of a regular
/// file, and changes nothing: whether there will be room is not known before.
void require_replaceable(const std::filesystem::path& path);

}  // namespace credence::io

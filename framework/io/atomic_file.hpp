// Writing a file so that no reader, crash or power cut finds a half-written one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace credence::io {

/// Replaces the file `path` by the concatenated `pieces` in a single step: every reader finds all
/// of the old bytes or all of the new ones, even after a crash or a power cut. A symbolic link
/// stays, and the file it points to is replaced. The new file's mode is 0666 without the umask's
/// bits. Throws FileError with the system's reason where that fails or where `path` is not a
/// regular file. The old file is then unchanged, and no temporary file is left. One failure comes
/// after the replacement, and its message says so: the new file is in place, but the system did not
/// force the folder to the disk, so that a power cut may bring the old file back.
void write_file_atomically(const std::filesystem::path& path,
                           std::span<const std::span<const std::byte>> pieces);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// Checks that write_file_atomically can write `path`, and changes nothing. Throws FileError where
/// the folder is missing or not writable, or where `path` is not a regular file. Whether the disk
/// has enough space is not checked.
void require_replaceable(const std::filesystem::path& path);

/// Removes the temporary files of write_file_atomically that killed processes left in the folder:
/// those whose process has ended, and those of this process's number, of which it must be writing
/// none. Files that cannot be removed stay.
void remove_abandoned_files(const std::filesystem::path& folder);

}  // namespace credence::io

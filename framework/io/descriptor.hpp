// File descriptors, and system calls that go on where a signal has interrupted them.
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>

#include <fcntl.h>

namespace credence::io {

/// Calls a function of the system again while a signal interrupts it. Returns its last result,
/// which is negative with the reason in errno where it failed. Not for close(2), which has closed
/// the descriptor even where it was interrupted.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

/// An open file or folder, closed with the object.
class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  /// Opens `path` with the flags of open(2), from the folder `folder` where it is relative. A new
  /// file gets the mode 0666 without the umask's bits; programs that this one starts do not get the
  /// descriptor. Returns an object without a file, and errno with the reason, where that fails.
  static Descriptor open(const std::filesystem::path& path, int flags, int folder = AT_FDCWD);

  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }
  /// What close(2) reports is ignored: a writer calls fsync(2) before, which reports it too.
  void close();

 private:
  int number_ = -1;
};

/// Forces what was written to a file, or a folder's names, to the disk (fsync(2)). Returns 0, or
/// the errno value of the error.
int synchronize(const Descriptor& file);

/// Writes all bytes. Returns 0, or the errno value of the error that ended the writing.
int write_all(const Descriptor& file, std::span<const std::byte> bytes);

}  // namespace credence::io

// Opening, closing and writing with system calls.
#include "framework/io/descriptor.hpp"

#include <algorithm>

#include <unistd.h>

namespace credence::io {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  close();
  number_ = std::exchange(other.number_, -1);
  return *this;
}

Descriptor Descriptor::open(const std::filesystem::path& path, int flags, int folder) {
  Descriptor file;
  file.number_ =
      uninterrupted([&] { return ::openat(folder, path.c_str(), flags | O_CLOEXEC, 0666); });
  return file;
}

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

int synchronize(const Descriptor& file) {
  return uninterrupted([&] { return ::fsync(file.number()); }) == 0 ? 0 : errno;
}

int write_all(const Descriptor& file, std::span<const std::byte> bytes) {
  // Some systems refuse to write more than 2 GiB at once.
  constexpr std::size_t kLargestWrite = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const ssize_t written = uninterrupted([&] {
      return ::write(file.number(), bytes.data(), std::min(bytes.size(), kLargestWrite));
    });
    if (written < 0) return errno;
    // A file that takes nothing and names no reason would be asked for ever.
    if (written == 0) return ENOSPC;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace credence::io

// Appending with write(2). A record that is written in part, as on a full disk, is cut off again.
#include "framework/io/appended_file.hpp"

#include "framework/base/error.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace credence::io {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what, int error) {
  throw FileError(path.string(), what + ": " + std::generic_category().message(error));
}

}  // namespace

AppendedFile::~AppendedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AppendedFile::AppendedFile(AppendedFile&& other) noexcept
    : path_(std::move(other.path_)),
      size_(other.size_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

void AppendedFile::open() {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path_, "cannot be opened for writing", errno);
  if (::ftruncate(descriptor_, size_) != 0 || ::lseek(descriptor_, size_, SEEK_SET) < 0) {
    const int error = errno;
    ::close(std::exchange(descriptor_, -1));
    fail(path_, "cannot be cut to " + std::to_string(size_) + " bytes", error);
  }
}

void AppendedFile::append(std::string_view record) {
  if (descriptor_ < 0) open();
  std::string_view rest = record;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      // Where this fails too, the error of the write says more.
      if (::ftruncate(descriptor_, size_) == 0) ::lseek(descriptor_, size_, SEEK_SET);
      fail(path_, "cannot be written", error);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  size_ += static_cast<std::int64_t>(record.size());
}

void AppendedFile::synchronize() const {
  if (descriptor_ < 0) return;
  while (::fsync(descriptor_) != 0) {
    if (errno == EINTR) continue;
    // A pipe or a terminal has no disk.
    if (errno == EINVAL || errno == EROFS) return;
    fail(path_, "cannot be written", errno);
  }
}

void AppendedFile::continue_at(std::int64_t size) {
  if (descriptor_ >= 0) throw Error(path_.string() + " is being appended to");
  std::error_code error;
  const std::uintmax_t there = std::filesystem::file_size(path_, error);
  if (size > 0 && error) throw FileError(path_.string(), "cannot be continued: " + error.message());
  if (size < 0 || (size > 0 && there < static_cast<std::uintmax_t>(size))) {
    throw FileError(path_.string(), "cannot be continued after byte " + std::to_string(size) +
                                        ": it has " + std::to_string(there) + " bytes");
  }
  size_ = size;
}

}  // namespace credence::io

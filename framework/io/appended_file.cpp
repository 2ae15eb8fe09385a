// Appending with write(2). A record that is written in part, as on a full disk, is cut off again.
#include "framework/io/appended_file.hpp"

#include "framework/base/error.hpp"
#include "framework/io/system_failure.hpp"

#include <cerrno>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace credence::io {

void AppendedFile::open() {
  Descriptor file = Descriptor::open(path_, O_WRONLY | O_CREAT);
  if (!file) fail(path_, "cannot be opened for writing", errno);
  if (!cut(file)) fail(path_, "cannot be cut to " + std::to_string(size_) + " bytes", errno);
  file_ = std::move(file);
}

bool AppendedFile::cut(const Descriptor& file) const {
  return uninterrupted([&] { return ::ftruncate(file.number(), size_); }) == 0 &&
         ::lseek(file.number(), size_, SEEK_SET) >= 0;
}

void AppendedFile::append(std::string_view record) {
  if (!file_) open();
  const int error = write_all(file_, std::as_bytes(std::span(record.data(), record.size())));
  if (error != 0) {
    // Where the record cannot be cut off either, the next one opens the file and cuts it off.
    if (!cut(file_)) file_.close();
    fail(path_, "cannot be written", error);
  }
  size_ += static_cast<std::int64_t>(record.size());
}

void AppendedFile::synchronize() const {
  const int error = file_ ? io::synchronize(file_) : 0;
  // A pipe or a terminal has no disk.
  if (error != 0 && error != EINVAL && error != EROFS) fail(path_, "cannot be written", error);
}

void AppendedFile::continue_at(std::int64_t size) {
  if (file_) throw Error(path_.string() + " is being appended to");
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

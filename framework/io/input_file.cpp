// Reading with system calls.
#include "framework/io/input_file.hpp"

#include "framework/base/error.hpp"
#include "framework/io/system_failure.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace credence::io {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

InputFile::InputFile(const std::filesystem::path& path, const std::string& expected)
    : path_(path.string()),
      // Without O_NONBLOCK, opening a pipe would wait for its writer.
      file_(Descriptor::open(path, O_RDONLY | O_NONBLOCK)) {
  if (!file_) {
    throw FileError(path_,
                    fmt::format("cannot be opened: {}, expected {}", reason(errno), expected));
  }
  struct stat status {};
  if (::fstat(file_.number(), &status) != 0) {
    fail(path_, "cannot be examined", errno);
  }
  if (!S_ISREG(status.st_mode)) {
    throw FileError(path_, fmt::format("is not a regular file, expected {}", expected));
  }
  bytes_ = static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t InputFile::read_some(void* bytes, std::uint64_t count) {
  // Some systems refuse to read more than 2 GiB at once.
  constexpr std::uint64_t kLargestRead = std::uint64_t{1} << 30;
  auto* const target = static_cast<std::byte*>(bytes);
  std::uint64_t done = 0;
  while (done < count) {
    const ssize_t got = uninterrupted([&] {
      return ::read(file_.number(), target + done,
                    static_cast<std::size_t>(std::min(count - done, kLargestRead)));
    });
    if (got < 0) throw FileError(path_, offset_, "cannot be read: " + reason(errno));
    if (got == 0) break;
    done += static_cast<std::uint64_t>(got);
    offset_ += static_cast<std::uint64_t>(got);
  }
  return done;
}

void InputFile::read(void* bytes, std::uint64_t count) {
  if (read_some(bytes, count) == count) return;
  throw FileError(path_, offset_, "the file became shorter while it was read");
}

void InputFile::seek(std::uint64_t offset) {
  if (::lseek(file_.number(), static_cast<off_t>(offset), SEEK_SET) < 0) {
    throw FileError(path_, offset, "cannot be read: " + reason(errno));
  }
  offset_ = offset;
}

std::string read_file(const std::filesystem::path& path, const std::string& expected,
                      std::uint64_t most_bytes) {
  InputFile file(path, expected);
  if (file.bytes() > most_bytes) {
    throw FileError(file.path(), fmt::format("{} bytes, expected {} of at most {}", file.bytes(),
                                             expected, most_bytes));
  }
  std::string bytes(static_cast<std::size_t>(file.bytes()), '\0');
  file.read(bytes.data(), bytes.size());
  return bytes;
}

}  // namespace credence::io

// The lock of a folder. Its file holds the number of the process that has it, for messages alone.
#include "framework/io/folder_lock.hpp"

#include "framework/base/error.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace credence::io {
namespace {

namespace fs = std::filesystem;

Descriptor open_lock(const fs::path& file) {
  Descriptor writable = Descriptor::open(file, O_RDWR | O_CREAT);
  if (writable || errno != EACCES) return writable;
  // Another user's file can be locked too.
  return Descriptor::open(file, O_RDONLY);
}

int lock(const Descriptor& file) {
  return uninterrupted([&] { return ::flock(file.number(), LOCK_EX | LOCK_NB); }) == 0 ? 0 : errno;
}

// Whether the path still names the open file: its former holder removes it.
bool is_at(const fs::path& path, const Descriptor& file) {
  struct stat open_file {};
  struct stat named {};
  return ::fstat(file.number(), &open_file) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

// Nothing where the holder has not written its number yet, or is of another machine or container.
std::optional<pid_t> holder_of(const Descriptor& file) {
  std::array<char, 24> text{};
  const ssize_t size = ::pread(file.number(), text.data(), text.size(), 0);
  pid_t process = 0;
  if (size <= 0) return {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + size, process);
  if (error != std::errc() || process <= 0) return {};
  if (::kill(process, 0) != 0 && errno == ESRCH) return {};
  return process;
}

// Whoever cannot read the number still sees the lock.
void write_holder(const Descriptor& file) {
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file.number(), 0) != 0) return;
  [[maybe_unused]] const ssize_t written = ::pwrite(file.number(), text.data(), text.size(), 0);
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder) : file_(folder / kFile) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw FileError(folder.string(), "cannot be made a folder: " + error.message());
  while (!lock_) {
    Descriptor opened = open_lock(file_);
    if (!opened) return;
    const int refused = lock(opened);
    if (refused == 0 && is_at(file_, opened)) {
      lock_ = std::move(opened);
      continue;
    }
    const std::optional<pid_t> holder = holder_of(opened);
    opened.close();
    if (refused == EWOULDBLOCK) {
      throw FileError(folder.string(),
                      fmt::format("is in use by {}, which writes into it until it ends",
                                  holder ? fmt::format("process {}", *holder) : "another process"));
    }
    if (refused != 0) return;
  }
  write_holder(lock_);
}

FolderLock::~FolderLock() {
  // While it is locked: a process that opened it before finds at its lock that the file is gone.
  if (lock_) ::unlink(file_.c_str());
}

}  // namespace credence::io

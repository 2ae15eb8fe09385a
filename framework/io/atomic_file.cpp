// Replacing a file in one step: a temporary file in the same folder, fsync, rename and fsync of the
// folder.
#include "framework/io/atomic_file.hpp"

#include "framework/base/error.hpp"
#include "framework/io/descriptor.hpp"
#include "framework/io/system_failure.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace credence::io {
namespace {

namespace fs = std::filesystem;

// A temporary file's name has its process's number and its own between these.
constexpr const char* kTemporary = ".credence-";
constexpr const char* kTemporaryEnd = ".tmp";
// Of symbolic links that lead from one to the next, as in Linux.
constexpr int kMostLinks = 40;

// A temporary file in the target's folder. It is removed unless it takes the target's place.
class Replacement {
 public:
  Replacement(const Descriptor& folder, const fs::path& target)
      : folder_(folder.number()), target_(target), file_(create()) {}
  ~Replacement() {
    if (!placed_) ::unlinkat(folder_, name_.c_str(), 0);
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  void write(std::span<const std::byte> bytes) {
    if (const int error = write_all(file_, bytes); error != 0) {
      fail(target_, "cannot be written", error);
    }
  }

  void take_place() {
    if (const int error = synchronize(file_); error != 0) {
      fail(target_, "cannot be written", error);
    }
    if (::renameat(folder_, name_.c_str(), folder_, target_.filename().c_str()) != 0) {
      fail(target_, "cannot be replaced", errno);
    }
    placed_ = true;
  }

 private:
  Descriptor create() {
    constexpr int kAttempts = 1000;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      name_ = fmt::format("{}{}-{}{}", kTemporary, ::getpid(), attempt, kTemporaryEnd);
      Descriptor file = Descriptor::open(name_, O_WRONLY | O_CREAT | O_EXCL, folder_);
      if (file) return file;
      if (errno != EEXIST) break;
    }
    fail(target_, "cannot write into its folder", errno);
  }

  int folder_;
  const fs::path& target_;
  std::string name_;
  Descriptor file_;
  bool placed_ = false;
};

// What is at `path`, without following a last symbolic link unless `follow`. Throws where the
// system does not say: a link that looks like a file for this reason would be replaced.
fs::file_type type_at(const fs::path& path, bool follow) {
  std::error_code error;
  const fs::file_type type =
      (follow ? fs::status(path, error) : fs::symlink_status(path, error)).type();
  if (error && type != fs::file_type::not_found) fail(path, "cannot be examined", error.value());
  return type;
}

// The file that a symbolic link leads to; another path itself. Throws for a folder, a device or a
// pipe, which no rename should replace.
fs::path regular_target(const fs::path& path) {
  std::error_code error;
  fs::path target = path;
  // Also to a file that is not there yet, which canonical paths are not made of.
  for (int links = 0; type_at(target, false) == fs::file_type::symlink; ++links) {
    if (links == kMostLinks) fail(path, "cannot be followed", ELOOP);
    const fs::path next = fs::read_symlink(target, error);
    if (error) fail(path, "cannot be followed", error.value());
    target = target.parent_path() / next;
  }
  const fs::file_type type = type_at(target, true);
  const bool replaceable = type == fs::file_type::regular || type == fs::file_type::not_found;
  if (!replaceable || !target.has_filename()) {
    throw FileError(path.string(), "cannot be written: it is no regular file");
  }
  return target;
}

Descriptor open_folder_of(const fs::path& target) {
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  Descriptor opened = Descriptor::open(folder, O_RDONLY | O_DIRECTORY);
  if (!opened) fail(target, "cannot open its folder", errno);
  return opened;
}

// The process that a temporary file is of; nothing for another name.
std::optional<pid_t> writer_of(std::string_view name) {
  if (!name.starts_with(kTemporary) || !name.ends_with(kTemporaryEnd)) return {};
  name.remove_prefix(std::string_view(kTemporary).size());
  pid_t process = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
  if (error != std::errc() || *end != '-' || process <= 0) return {};
  return process;
}

}  // namespace

void write_file_atomically(const fs::path& path,
                           std::span<const std::span<const std::byte>> pieces) {
  const fs::path target = regular_target(path);
  const Descriptor folder = open_folder_of(target);

  Replacement replacement(folder, target);
  for (const std::span<const std::byte> piece : pieces) replacement.write(piece);
  replacement.take_place();

  // The new name is on the disk once the folder is. A file system that cannot synchronise folders
  // returns EINVAL.
  const int error = synchronize(folder);
  if (error != 0 && error != EINVAL) {
    fail(target, "is written, but its folder may not survive a power cut", error);
  }
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  const std::span<const std::byte> piece = std::as_bytes(std::span(text.data(), text.size()));
  write_file_atomically(path, std::span(&piece, 1));
}

void require_replaceable(const fs::path& path) {
  const fs::path target = regular_target(path);
  const Descriptor folder = open_folder_of(target);
  // The temporary file is removed at the end of this function.
  const Replacement replacement(folder, target);
}

void remove_abandoned_files(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::optional<pid_t> writer = writer_of(entry->path().filename().string());
    if (!writer) continue;
    const bool ended = ::kill(*writer, 0) != 0 && errno == ESRCH;
    std::error_code ignored;
    if (ended || *writer == ::getpid()) fs::remove(entry->path(), ignored);
  }
}

}  // namespace credence::io

// Reading bytes through zlib, which passes plain files through unchanged.
#include "data/byte_reader.hpp"

#include "data/byte_source.hpp"
#include "framework/base/error.hpp"
#include "framework/io/file_kind.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

// Real images compress far less than this.
constexpr std::uint64_t kUnsuspiciousRatio = 64;
constexpr std::size_t kScratch = std::size_t{1} << 16;

gzFile open(const std::string& path, const std::string& expected) {
  // A folder can be opened but not read, and a pipe has no size, so both are refused here.
  std::error_code missing;
  if (fs::exists(path, missing) && !fs::is_regular_file(path, missing)) {
    throw FileError(path, 0, fmt::format("is not a regular file, expected {}", expected));
  }
  errno = 0;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    throw FileError(path, 0,
                    fmt::format("cannot be opened: {}, expected {}",
                                errno != 0 ? std::strerror(errno) : "out of memory", expected));
  }
  return file;
}

}  // namespace

ByteReader::ByteReader(const fs::path& path, const std::string& expected)
    : path_(path.string()), file_(open(path_, expected), &gzclose_r) {
  gzbuffer(file_.get(), 1U << 17);
  std::error_code failure;
  file_bytes_ = fs::file_size(path, failure);
  if (failure) throw FileError(path_, failure.message());
}

std::uint64_t ByteReader::read(void* bytes, std::uint64_t count) {
  constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;
  auto* target = static_cast<std::uint8_t*>(bytes);
  std::uint64_t done = 0;
  while (done < count) {
    const auto wanted = static_cast<unsigned>(std::min(count - done, kChunk));
    const int got = gzread(file_.get(), target + done, wanted);
    if (got > 0) {
      done += static_cast<std::uint64_t>(got);
      offset_ += static_cast<std::uint64_t>(got);
    }
    if (got < static_cast<int>(wanted)) {
      check();
      break;
    }
  }
  return done;
}

std::uint64_t ByteReader::skip(std::uint64_t count) {
  std::vector<std::uint8_t> scratch(kScratch);
  std::uint64_t done = 0;
  while (done < count) {
    const std::uint64_t got = read(scratch.data(), std::min<std::uint64_t>(count - done, kScratch));
    if (got == 0) break;
    done += got;
  }
  return done;
}

std::uint64_t ByteReader::count_rest() {
  const std::uint64_t start = offset_;
  const std::uint64_t rest = skip(std::numeric_limits<std::uint64_t>::max());
  if (gzseek(file_.get(), static_cast<z_off_t>(start), SEEK_SET) < 0) check();
  offset_ = start;
  return rest;
}

std::uint64_t ByteReader::most_bytes_left() {
  if (packed()) return file_bytes_ * kMaxDeflateRatio;
  return file_bytes_ - std::min(file_bytes_, offset_);
}

std::uint64_t ByteReader::available(std::uint64_t count) {
  const std::uint64_t most = most_bytes_left();
  if (!packed()) return std::min(count, most);
  // A ratio this high is possible but rare, so the bytes are counted instead of trusting a header.
  if (count > most || count / kUnsuspiciousRatio > file_bytes_)
    return std::min(count, count_rest());
  return count;
}

bool ByteReader::packed() { return gzdirect(file_.get()) == 0; }

io::FileKind ByteReader::kind() { return packed() ? io::FileKind() : io::kind_of(fs::path(path_)); }

std::string ByteReader::kind_note() {
  const std::string name = kind().name;
  return name.empty() ? name : "; the file is " + name;
}

void ByteReader::check() {
  int code = Z_OK;
  const char* message = gzerror(file_.get(), &code);
  if (code == Z_OK || code == Z_STREAM_END) return;
  if (code == Z_BUF_ERROR) {
    throw FileError(path_, offset_, "the gzip stream is cut short, expected more bytes");
  }
  if (code == Z_ERRNO) throw FileError(path_, offset_, "cannot be read");
  // zlib's message begins with the path, which FileError adds too.
  std::string what = message;
  if (what.starts_with(path_ + ": ")) what.erase(0, path_.size() + 2);
  throw FileError(path_, offset_,
                  fmt::format("damaged gzip stream ({}), expected a whole one", what));
}

}  // namespace credence::data

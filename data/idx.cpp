#include "data/idx.hpp"

#include "data/location.hpp"
#include "framework/core/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kImageMagic = 2051;
constexpr std::uint32_t kLabelMagic = 2049;
constexpr std::uint64_t kSide = 28;
constexpr std::int64_t kClasses = 10;
// DEFLATE packs at most 258 bytes into 2 bits.
constexpr std::uint64_t kMaxDeflateRatio = 1032;
// Images of anything but a constant stay well below this ratio.
constexpr std::uint64_t kUnsuspiciousRatio = 64;

// The bytes of a file, unpacked where it is gzip'd; knows its offset.
class ByteReader {
 public:
  explicit ByteReader(const fs::path& path) : path_(path.string()), file_(open(path_), &gzclose_r) {
    gzbuffer(file_.get(), 1U << 17);
  }

  const std::string& path() const { return path_; }
  std::uint64_t offset() const { return offset_; }

  /// Reads up to `count` bytes; fewer only at the end of the file.
  std::uint64_t read(void* bytes, std::uint64_t count) {
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

  /// How many bytes are left; reads to the end, holding little memory, and comes back.
  std::uint64_t count_rest() {
    const std::uint64_t start = offset_;
    std::vector<std::uint8_t> scratch(std::size_t{1} << 16);
    std::uint64_t rest = 0;
    while (const std::uint64_t got = read(scratch.data(), scratch.size())) rest += got;
    if (gzseek(file_.get(), static_cast<z_off_t>(start), SEEK_SET) < 0) check();
    offset_ = start;
    return rest;
  }

  bool packed() { return gzdirect(file_.get()) == 0; }

 private:
  static gzFile open(const std::string& path) {
    // A folder opens like a file and then cannot be read, a pipe has no size: say so now.
    std::error_code missing;
    if (fs::exists(path, missing) && !fs::is_regular_file(path, missing)) {
      throw FileError(path, 0, "is not a regular file, expected an idx file");
    }
    errno = 0;
    gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr) {
      throw FileError(path, 0,
                      fmt::format("cannot be opened: {}, expected an idx file",
                                  errno != 0 ? std::strerror(errno) : "out of memory"));
    }
    return file;
  }

  void check() {
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    if (code == Z_OK || code == Z_STREAM_END) return;
    if (code == Z_BUF_ERROR) {
      throw FileError(path_, offset_, "the gzip stream is cut short, expected more bytes");
    }
    if (code == Z_ERRNO) throw FileError(path_, offset_, "cannot be read");
    // zlib's message begins with the path.
    std::string what = message;
    if (what.starts_with(path_ + ": ")) what.erase(0, path_.size() + 2);
    throw FileError(path_, offset_,
                    fmt::format("damaged gzip stream ({}), expected a whole one", what));
  }

  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
  std::uint64_t offset_ = 0;
};

std::uint32_t read_word(ByteReader& reader, std::string_view meaning) {
  const std::uint64_t start = reader.offset();
  std::array<std::uint8_t, 4> bytes{};
  const std::uint64_t got = reader.read(bytes.data(), bytes.size());
  if (got < bytes.size()) {
    throw FileError(reader.path(), start + got,
                    fmt::format("the file ends in its header, expected 4 bytes from byte {}: {}",
                                start, meaning));
  }
  std::uint32_t word = 0;
  for (const std::uint8_t byte : bytes) word = word << 8 | byte;
  return word;
}

[[noreturn]] void throw_too_short(const ByteReader& reader, std::uint64_t header,
                                  std::uint64_t found, const std::vector<std::int64_t>& extents) {
  throw FileError(reader.path(), header + found,
                  fmt::format("the file ends after {} elements, expected {}", found,
                              fmt::format("[{}]", fmt::join(extents, ", "))));
}

// Throws where the header's extents ask for more bytes than the file holds.
void check_body_size(ByteReader& reader, const std::vector<std::int64_t>& extents) {
  const std::uint64_t header = reader.offset();
  const std::uint64_t file_bytes = fs::file_size(reader.path());
  const bool packed = reader.packed();
  const std::uint64_t limit = packed ? file_bytes * kMaxDeflateRatio : file_bytes - header;
  std::uint64_t body = 1;
  for (const std::int64_t extent : extents) {
    if (body > limit / static_cast<std::uint64_t>(extent)) {
      if (!packed) throw_too_short(reader, header, limit, extents);
      throw FileError(
          reader.path(), 4,
          fmt::format("the header asks for {} elements, expected at most the {} that so "
                      "small a gzip file can hold",
                      fmt::format("[{}]", fmt::join(extents, ", ")), limit));
    }
    body *= static_cast<std::uint64_t>(extent);
  }
  // So high a ratio is possible but rare: unpack once to see, rather than trust the header.
  if (packed && body / kUnsuspiciousRatio > file_bytes) {
    const std::uint64_t rest = reader.count_rest();
    if (rest < body) throw_too_short(reader, header, rest, extents);
  }
}

Tensor read_idx_of(const fs::path& path, std::optional<std::uint32_t> wanted_magic) {
  ByteReader reader(path);
  const std::uint32_t magic = read_word(reader, "the magic number");
  const bool known =
      wanted_magic ? magic == *wanted_magic : magic == kImageMagic || magic == kLabelMagic;
  if (!known) {
    const std::string wanted =
        wanted_magic ? std::to_string(*wanted_magic)
                     : fmt::format("{} (images) or {} (labels)", kImageMagic, kLabelMagic);
    throw FileError(reader.path(), 0,
                    fmt::format("magic number {} (0x{:08x}), expected {}", magic, magic, wanted));
  }
  std::vector<std::int64_t> extents;
  constexpr std::array<std::string_view, 3> kMeanings{"the count", "the rows", "the columns"};
  const std::size_t rank = magic == kImageMagic ? 3 : 1;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::uint32_t extent = read_word(reader, kMeanings[i]);
    if (extent == 0) {
      throw FileError(reader.path(), 4 * (i + 1),
                      fmt::format("{} is 0, expected at least 1", kMeanings[i].substr(4)));
    }
    extents.push_back(extent);
  }
  check_body_size(reader, extents);

  Tensor tensor = Tensor::empty(Shape(extents), DType::uint8);
  const auto expected = static_cast<std::uint64_t>(tensor.numel());
  const std::uint64_t header = reader.offset();
  const std::uint64_t got = reader.read(tensor.raw_data(), expected);
  if (got < expected) throw_too_short(reader, header, got, extents);
  std::uint8_t extra = 0;
  // This read also makes zlib verify the checksum at the end of a gzip stream.
  const std::uint64_t end = reader.offset();
  if (reader.read(&extra, 1) != 0) {
    throw FileError(reader.path(), end,
                    fmt::format("the file goes on, expected its end after {} elements", expected));
  }
  return tensor;
}

Dataset read_idx_set(const fs::path& dir, std::string_view name, Split split) {
  const IdxFiles files = require_idx_files(dir, name, split);
  const Tensor images = read_idx_of(files.images, kImageMagic);
  const Tensor raw_labels = read_idx_of(files.labels, kLabelMagic);
  const std::int64_t count = images.shape()[0];
  for (const int dimension : {1, 2}) {
    if (images.shape()[dimension] != static_cast<std::int64_t>(kSide)) {
      throw FileError(files.images.string(), 4 * (static_cast<std::uint64_t>(dimension) + 1),
                      fmt::format("{} {}, expected {}", images.shape()[dimension],
                                  dimension == 1 ? "rows" : "columns", kSide));
    }
  }
  if (raw_labels.numel() != count) {
    throw FileError(files.labels.string(), 4,
                    fmt::format("{} labels, expected {}, as many as there are images in {}",
                                raw_labels.numel(), count, files.images.string()));
  }
  const auto* bytes = raw_labels.data<std::uint8_t>();
  const auto* wrong =
      std::find_if(bytes, bytes + count, [](std::uint8_t label) { return label >= kClasses; });
  if (wrong != bytes + count) {
    constexpr std::uint64_t kLabelHeader = 8;
    throw FileError(files.labels.string(), kLabelHeader + static_cast<std::uint64_t>(wrong - bytes),
                    fmt::format("label {}, expected 0 to {}", *wrong, kClasses - 1));
  }
  return {std::string(name), images.reshape({count, 1, kSide, kSide}), raw_labels.to(DType::int64),
          kClasses};
}

}  // namespace

Tensor read_idx(const fs::path& path) { return read_idx_of(path, std::nullopt); }

Dataset mnist(const fs::path& dir, Split split) { return read_idx_set(dir, "mnist", split); }

Dataset fashion_mnist(const fs::path& dir, Split split) {
  return read_idx_set(dir, "fashion-mnist", split);
}

}  // namespace credence::data

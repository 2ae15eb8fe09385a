// Reading bytes, unpacked where they are a gzip file: one or several gzip streams.
#include "data/byte_reader.hpp"

#include "data/byte_source.hpp"
#include "data/inflater.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace credence::data {
namespace {

// Real images compress far less than this.
constexpr std::uint64_t kUnsuspiciousRatio = 64;
constexpr std::size_t kScratch = std::size_t{1} << 16;
constexpr std::array<std::uint8_t, 2> kGzipMagic{0x1F, 0x8B};

bool begins_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= kGzipMagic.size() &&
         std::equal(kGzipMagic.begin(), kGzipMagic.end(), bytes.begin());
}

}  // namespace

// The streams of a gzip file, one after the other. What follows the last one is ignored, as gzip
// does with it: tapes and downloads pad files with zeros.
class ByteReader::Gzip {
 public:
  explicit Gzip(io::InputFile& file) : file_(&file) {}

  // As ByteReader::read. `offset` is that of the first byte, for errors.
  std::uint64_t read(std::span<std::uint8_t> bytes, std::uint64_t offset) {
    std::size_t done = 0;
    while (done < bytes.size() && !finished_) {
      if (rest_.empty()) fill();
      done += inflater_.unpack(rest_, bytes.subspan(done));
      if (inflater_.damage() != nullptr) {
        throw FileError(
            file_->path(), offset + done,
            fmt::format("damaged gzip stream ({}), expected a whole one", inflater_.damage()));
      }
      if (inflater_.ended()) {
        next_stream();
      } else if (rest_.empty() && done < bytes.size() && !fill()) {
        throw FileError(file_->path(), offset + done,
                        "the gzip stream is cut short, expected more bytes");
      }
    }
    return done;
  }

  void rewind() {
    file_->seek(0);
    rest_ = {};
    inflater_.restart();
    finished_ = false;
  }

  // The object has moved.
  void set_file(io::InputFile& file) { file_ = &file; }

 private:
  // Puts more bytes of the file behind those that are left. Returns whether there were any.
  bool fill() {
    std::copy(rest_.begin(), rest_.end(), buffer_.begin());
    const std::size_t kept = rest_.size();
    const std::uint64_t got = file_->read_some(buffer_.data() + kept, buffer_.size() - kept);
    rest_ = std::span<const std::uint8_t>(buffer_).first(kept + got);
    return got > 0;
  }

  void next_stream() {
    if (rest_.size() < kGzipMagic.size()) fill();
    finished_ = !begins_gzip(rest_);
    if (!finished_) inflater_.restart();
  }

  io::InputFile* file_;
  Inflater inflater_{Inflater::Form::gzip};
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(std::size_t{1} << 17);
  std::span<const std::uint8_t> rest_{};  // of the buffer
  bool finished_ = false;
};

ByteReader::ByteReader(const std::filesystem::path& path, const std::string& expected)
    : file_(path, expected) {
  std::array<std::uint8_t, kGzipMagic.size()> head{};
  const std::uint64_t got = file_.read_some(head.data(), head.size());
  file_.seek(0);
  if (begins_gzip(std::span(head).first(got))) gzip_ = std::make_unique<Gzip>(file_);
}

ByteReader::~ByteReader() = default;

ByteReader::ByteReader(ByteReader&& other) noexcept
    : file_(std::move(other.file_)), gzip_(std::move(other.gzip_)), offset_(other.offset_) {
  if (gzip_) gzip_->set_file(file_);
}

std::uint64_t ByteReader::read(void* bytes, std::uint64_t count) {
  const std::uint64_t got = gzip_ ? gzip_->read({static_cast<std::uint8_t*>(bytes), count}, offset_)
                                  : file_.read_some(bytes, count);
  offset_ += got;
  return got;
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
  offset_ = 0;
  if (gzip_) {
    gzip_->rewind();
    skip(start);
  } else {
    file_.seek(start);
    offset_ = start;
  }
  return rest;
}

std::uint64_t ByteReader::most_bytes_left() {
  return packed() ? file_.bytes() * kMaxDeflateRatio : file_.rest();
}

std::uint64_t ByteReader::available(std::uint64_t count) {
  const std::uint64_t most = most_bytes_left();
  if (!packed()) return std::min(count, most);
  // A ratio this high is possible but rare, so the bytes are counted instead of trusting a header.
  if (count > most || count / kUnsuspiciousRatio > file_.bytes()) {
    return std::min(count, count_rest());
  }
  return count;
}

io::FileKind ByteReader::kind() {
  return packed() ? io::FileKind() : io::kind_of(std::filesystem::path(path()));
}

std::string ByteReader::kind_note() {
  const std::string name = kind().name;
  return name.empty() ? name : "; the file is " + name;
}

}  // namespace credence::data

// The directory of a ZIP archive, and the unpacking of its entries.
#include "data/zip.hpp"

#include "data/inflater.hpp"
#include "framework/base/error.hpp"
#include "framework/io/file_kind.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <zlib.h>

namespace credence::data {
namespace {

constexpr std::uint32_t kEntrySignature = 0x02014b50;
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kWideEndSignature = 0x06064b50;
constexpr std::uint32_t kWideLocatorSignature = 0x07064b50;
constexpr std::uint64_t kEntryBytes = 46;
constexpr std::uint64_t kLocalBytes = 30;
constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kWideEndBytes = 56;
constexpr std::uint64_t kWideLocatorBytes = 20;
constexpr std::uint64_t kLongestComment = 0xFFFF;
// In place of a number that is in an extra field with 8 bytes.
constexpr std::uint64_t kWide = 0xFFFFFFFF;
constexpr std::uint16_t kWideField = 1;
constexpr std::uint16_t kEncrypted = 1;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;

// A little-endian number of so many bytes.
std::uint64_t number_at(std::string_view bytes, std::size_t offset, std::size_t count) {
  return little_endian(bytes.substr(offset, count));
}

std::uint32_t signature_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(number_at(bytes, 0, 4));
}

// Replaces the numbers that are kWide by those in the extra field for wide ones, in the order of
// the arguments. Returns whether it has them all.
bool read_wide_numbers(std::string_view extra, std::initializer_list<std::uint64_t*> numbers) {
  std::string_view wide;
  while (extra.size() >= 4) {
    const std::uint64_t length = number_at(extra, 2, 2);
    if (length > extra.size() - 4) break;
    if (number_at(extra, 0, 2) == kWideField) wide = extra.substr(4, length);
    extra.remove_prefix(4 + length);
  }
  for (std::uint64_t* const number : numbers) {
    if (*number != kWide) continue;
    if (wide.size() < 8) return false;
    *number = number_at(wide, 0, 8);
    wide.remove_prefix(8);
  }
  return true;
}

}  // namespace

void ZipFile::fail(std::uint64_t offset, const std::string& what) const {
  throw FileError(path(), offset, what);
}

ZipFile::ZipFile(const std::filesystem::path& path) : file_(path, "a ZIP archive") {
  read_entries(find_directory());
}

void ZipFile::read_at(std::uint64_t offset, void* bytes, std::uint64_t count, const char* what) {
  if (offset > file_.bytes() || count > file_.bytes() - offset) {
    fail(std::min(offset, file_.bytes()), fmt::format("the archive ends before {} does", what));
  }
  file_.seek(offset);
  file_.read(bytes, count);
}

std::string ZipFile::bytes_at(std::uint64_t offset, std::uint64_t count, const char* what) {
  if (count > file_.bytes())
    fail(file_.bytes(), fmt::format("the archive ends before {} does", what));
  std::string bytes(count, '\0');
  read_at(offset, bytes.data(), count, what);
  return bytes;
}

ZipFile::Directory ZipFile::find_directory() {
  const std::uint64_t tail = std::min(file_.bytes(), kEndBytes + kLongestComment);
  const std::uint64_t begin = file_.bytes() - tail;
  const std::string bytes = bytes_at(begin, tail, "its directory");
  for (std::uint64_t at = tail < kEndBytes ? 0 : tail - kEndBytes + 1; at-- > 0;) {
    const std::string_view end = std::string_view(bytes).substr(at);
    if (signature_of(end) != kEndSignature) continue;
    if (number_at(end, 20, 2) != end.size() - kEndBytes) continue;  // a comment ends the file
    Directory directory{.entries = number_at(end, 10, 2),
                        .bytes = number_at(end, 12, 4),
                        .offset = number_at(end, 16, 4)};
    const std::uint64_t here = begin + at;
    if (here >= kWideLocatorBytes) read_wide_directory(here - kWideLocatorBytes, directory);
    if (directory.offset > here || directory.bytes > here - directory.offset) {
      fail(here, "the directory of the archive is not before its end");
    }
    return directory;
  }
  const std::string kind = io::kind_of(std::filesystem::path(path())).name;
  throw FileError(path(), fmt::format("is no ZIP archive, or is cut short{}",
                                      kind.empty() ? "" : "; the file is " + kind));
}

// Archives of more than 4 GiB have a second end, which a locator before the first one finds.
void ZipFile::read_wide_directory(std::uint64_t locator, Directory& directory) {
  const std::string place = bytes_at(locator, kWideLocatorBytes, "the locator of its directory");
  if (signature_of(place) != kWideLocatorSignature) return;
  const std::uint64_t offset = number_at(place, 8, 8);
  const std::string end = bytes_at(offset, kWideEndBytes, "the end of its directory");
  if (signature_of(end) != kWideEndSignature) {
    fail(offset, "is no end of a directory, to which the archive points");
  }
  directory = {.entries = number_at(end, 32, 8),
               .bytes = number_at(end, 40, 8),
               .offset = number_at(end, 48, 8)};
}

void ZipFile::read_entries(const Directory& directory) {
  const std::string bytes = bytes_at(directory.offset, directory.bytes, "its directory");
  std::string_view rest = bytes;
  std::uint64_t packed_bytes = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const std::uint64_t at = directory.offset + (bytes.size() - rest.size());
    if (rest.size() < kEntryBytes || signature_of(rest) != kEntrySignature) {
      fail(at, fmt::format("the directory has no entry number {} of {}", i + 1, directory.entries));
    }
    const std::uint64_t name_bytes = number_at(rest, 28, 2);
    const std::uint64_t extra_bytes = number_at(rest, 30, 2);
    const std::uint64_t whole = kEntryBytes + name_bytes + extra_bytes + number_at(rest, 32, 2);
    if (rest.size() < whole) fail(at, "an entry of the directory is cut short");
    ZipEntry entry{.name = std::string(rest.substr(kEntryBytes, name_bytes)),
                   .method = static_cast<std::uint16_t>(number_at(rest, 10, 2)),
                   .crc = static_cast<std::uint32_t>(number_at(rest, 16, 4)),
                   .packed_bytes = number_at(rest, 20, 4),
                   .bytes = number_at(rest, 24, 4),
                   .header = number_at(rest, 42, 4)};
    if (!read_wide_numbers(rest.substr(kEntryBytes + name_bytes, extra_bytes),
                           {&entry.bytes, &entry.packed_bytes, &entry.header})) {
      fail(at, "an entry of the directory lacks its sizes");
    }
    if ((number_at(rest, 8, 2) & kEncrypted) != 0) fail(at, entry.name + " is encrypted");
    if (entry.method != kStored && entry.method != kDeflated) {
      fail(at, fmt::format("{} is packed by method {}, expected 0 (stored) or 8 (deflated)",
                           entry.name, entry.method));
    }
    const std::uint64_t ratio = entry.method == kStored ? 1 : kMaxDeflateRatio;
    if (entry.packed_bytes > file_.bytes() || entry.bytes > entry.packed_bytes * ratio) {
      fail(at, fmt::format("{} says to have {} bytes, packed in {}, in an archive of {}",
                           entry.name, entry.bytes, entry.packed_bytes, file_.bytes()));
    }
    // Entries that share packed bytes would unpack to any size.
    packed_bytes += entry.packed_bytes;
    if (packed_bytes > file_.bytes()) {
      fail(at, fmt::format("the entries up to {} say to have {} packed bytes, in an archive of {}",
                           entry.name, packed_bytes, file_.bytes()));
    }
    entries_.push_back(std::move(entry));
    rest.remove_prefix(whole);
  }
}

// Where the packed bytes begin, behind a local header that repeats name and extra fields.
std::uint64_t ZipFile::begin_of(const ZipEntry& entry) {
  const std::string local = bytes_at(entry.header, kLocalBytes, "an entry");
  if (signature_of(local) != kLocalSignature) {
    fail(entry.header, fmt::format("is no entry, expected that of {}", entry.name));
  }
  const std::uint64_t begin =
      entry.header + kLocalBytes + number_at(local, 26, 2) + number_at(local, 28, 2);
  if (begin > file_.bytes() || entry.packed_bytes > file_.bytes() - begin) {
    fail(std::min(begin, file_.bytes()),
         fmt::format("the archive ends before {} does", entry.name));
  }
  return begin;
}

// The unpacked bytes of an entry, one after the other.
class ZipFile::EntryBytes {
 public:
  EntryBytes(ZipFile& archive, const ZipEntry& entry)
      : archive_(archive), entry_(entry), next_(archive.begin_of(entry)) {
    end_ = next_ + entry_.packed_bytes;
    if (entry_.method == kDeflated) inflater_.emplace(Inflater::Form::raw);
  }
  EntryBytes(const EntryBytes&) = delete;
  EntryBytes& operator=(const EntryBytes&) = delete;

  std::uint64_t left() const { return entry_.bytes - done_; }

  std::uint64_t read(void* bytes, std::uint64_t count) {
    const std::uint64_t wanted = std::min(count, left());
    const std::uint64_t got = unpack({static_cast<std::uint8_t*>(bytes), wanted});
    if (got < wanted) fail("the packed bytes end here");
    if (wanted < count) require_end();
    return got;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw FileError(archive_.path() + ": " + entry_.name, done_, what);
  }

  // Reads the next packed bytes into the buffer where it is used up; false at their end.
  bool fill() {
    if (!packed_.empty()) return true;
    const std::uint64_t count = std::min<std::uint64_t>(end_ - next_, buffer_.size());
    if (count == 0) return false;
    archive_.read_at(next_, buffer_.data(), count, "an entry");
    next_ += count;
    packed_ = std::span<const std::uint8_t>(buffer_).first(count);
    return true;
  }

  bool ended() const { return inflater_ && inflater_->ended(); }

  std::uint64_t unpack(std::span<std::uint8_t> to) {
    std::uint64_t got = 0;
    while (got < to.size() && !ended()) {
      const bool more = fill();
      const std::span<std::uint8_t> room = to.subspan(got);
      const std::size_t piece = inflater_ ? inflate(room) : copy(room);
      if (piece == 0 && !more) break;
      crc_ = static_cast<std::uint32_t>(crc32_z(crc_, room.data(), piece));
      got += piece;
      done_ += piece;
    }
    return got;
  }

  std::size_t copy(std::span<std::uint8_t> room) {
    const std::size_t count = std::min(room.size(), packed_.size());
    std::copy_n(packed_.begin(), count, room.begin());
    packed_ = packed_.subspan(count);
    return count;
  }

  std::size_t inflate(std::span<std::uint8_t> room) {
    const std::size_t piece = inflater_->unpack(packed_, room);
    if (inflater_->damage() != nullptr) {
      fail(fmt::format("damaged packed bytes ({})", inflater_->damage()));
    }
    return piece;
  }

  void require_end() {
    const std::uint64_t before = done_;
    const std::uint32_t crc = crc_;
    std::uint8_t extra = 0;
    const bool more = unpack({&extra, 1}) != 0;
    done_ = before;
    if (more || (inflater_ && !ended()) || fill()) {
      fail(fmt::format("the packed bytes go on, expected their end after {}", entry_.bytes));
    }
    if (crc != entry_.crc) {
      fail(fmt::format("the bytes have CRC-32 {:08x}, the archive says {:08x}", crc, entry_.crc));
    }
  }

  ZipFile& archive_;
  ZipEntry entry_;
  std::uint64_t next_;  // of the packed bytes, in the file
  std::uint64_t end_ = 0;
  std::uint64_t done_ = 0;
  std::uint32_t crc_ = 0;
  std::optional<Inflater> inflater_{};  // of an entry that is deflated
  std::array<std::uint8_t, 1 << 16> buffer_{};
  std::span<const std::uint8_t> packed_{};  // of the buffer
};

ByteSource ZipFile::open(const ZipEntry& entry) {
  const auto bytes = std::make_shared<EntryBytes>(*this, entry);
  return {.name = path() + ": " + entry.name,
          .read = [bytes](void* to, std::uint64_t count) { return bytes->read(to, count); },
          .available = [bytes](std::uint64_t count) { return std::min(count, bytes->left()); }};
}

}  // namespace credence::data

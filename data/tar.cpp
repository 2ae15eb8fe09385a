// Reading tar archives: headers, extended headers and contents.
#include "data/tar.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>

#include <fmt/format.h>

namespace credence::data {
namespace {

// Far above the length of any path. A longer text is refused before it is read into memory.
constexpr std::uint64_t kMaxText = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 62;

// A field of a ustar header.
struct Field {
  std::size_t offset;
  std::size_t length;
};
constexpr Field kName{0, 100};
constexpr Field kSize{124, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kMagic{257, 5};
constexpr std::size_t kType = 156;

// Types of entries that describe the next entry or all later ones.
constexpr char kExtendedHeader = 'x';
constexpr char kGlobalHeader = 'g';
constexpr char kLongName = 'L';
constexpr char kLongLink = 'K';

std::string_view text_of(const TarBlock& block, Field field) {
  const std::string_view all(reinterpret_cast<const char*>(block.data()) + field.offset,
                             field.length);
  return all.substr(0, all.find('\0'));
}

// An octal number with spaces around it; nothing where it is not one.
std::optional<std::uint64_t> octal(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return 0;
  text = text.substr(first, text.find_last_not_of(' ') + 1 - first);
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number(const TarBlock& block, Field field) {
  // GNU's form for numbers too large for octal: the top bit set, then a big-endian number.
  if ((block[field.offset] & 0x80U) == 0) return octal(text_of(block, field));
  std::uint64_t value = block[field.offset] & 0x7FU;
  for (std::size_t i = 1; i < field.length; ++i) {
    if (value > std::numeric_limits<std::uint64_t>::max() >> 8) return std::nullopt;
    value = value << 8 | block[field.offset + i];
  }
  return value;
}

// The sum of a header's bytes, with spaces in place of its checksum field.
std::uint64_t checksum(const TarBlock& block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.length;
    sum += own ? std::uint8_t{' '} : block[i];
  }
  return sum;
}

std::string last_component(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

// What pax extended records, "LENGTH KEY=VALUE\n" each, state about the next entry.
struct Extension {
  std::optional<std::string> path{};
  std::optional<std::uint64_t> size{};
};

// Returns false where the text does not consist of records.
bool parse_records(std::string_view text, Extension& extension) {
  while (!text.empty()) {
    std::size_t length = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), length);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (code != std::errc{} || length < digits + 2 || length > text.size() || text[digits] != ' ' ||
        text[length - 1] != '\n') {
      return false;
    }
    const std::string_view record = text.substr(digits + 1, length - digits - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view value = record.substr(equals + 1);
    if (record.substr(0, equals) == "path") extension.path = value;
    if (record.substr(0, equals) == "size") {
      std::uint64_t size = 0;
      const auto [last, wrong] = std::from_chars(value.data(), value.data() + value.size(), size);
      if (wrong != std::errc{} || last != value.data() + value.size()) return false;
      extension.size = size;
    }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::optional<TarEntry> TarReader::next() {
  Extension extension;
  TarBlock block{};
  while (read_header(block)) {
    const std::uint64_t start = reader_.offset() - kTarBlock;
    const auto size = number(block, kSize);
    if (!size) {
      throw FileError(reader_.path(), start + kSize.offset,
                      "the entry's size is no number, expected an octal one");
    }
    const char type = static_cast<char>(block[kType]);
    name_ = last_component(text_of(block, kName));
    enter(*size);
    if (type == kLongName) {
      const std::string text = read_text();
      extension.path = text.substr(0, text.find('\0'));
    } else if (type == kExtendedHeader) {
      if (!parse_records(read_text(), extension)) {
        throw FileError(reader_.path(), start + kTarBlock,
                        "damaged extended header, expected records \"LENGTH KEY=VALUE\"");
      }
    } else if (type != kGlobalHeader && type != kLongLink) {
      if (extension.path) name_ = last_component(*extension.path);
      if (extension.size) enter(*extension.size);
      return TarEntry{name_, left_, type == '0' || type == '\0' || type == '7'};
    }
  }
  return std::nullopt;
}

bool TarReader::read_header(TarBlock& block) {
  skip_rest();
  const std::uint64_t start = reader_.offset();
  const std::uint64_t got = reader_.read(block.data(), kTarBlock);
  if (got == 0 && start > 0) return false;
  if (got < kTarBlock) {
    throw FileError(reader_.path(), start + got,
                    "the archive ends in a header, expected 512 bytes of it");
  }
  if (std::all_of(block.begin(), block.end(), [](std::uint8_t byte) { return byte == 0; })) {
    reader_.skip(std::numeric_limits<std::uint64_t>::max());
    return false;
  }
  if (number(block, kChecksum) != checksum(block)) {
    const bool other = start == 0 && text_of(block, kMagic) != "ustar";
    throw FileError(reader_.path(), start,
                    "no tar header here, expected one with its checksum" +
                        (other ? reader_.kind_note() : std::string()));
  }
  return true;
}

void TarReader::enter(std::uint64_t size) {
  if (size > kMaxSize) {
    throw FileError(reader_.path(), reader_.offset() - kTarBlock,
                    fmt::format("{} has {} bytes, expected less than 2^62", name_, size));
  }
  left_ = size;
  padding_ = (kTarBlock - size % kTarBlock) % kTarBlock;
}

void TarReader::read(void* bytes, std::uint64_t count) {
  if (count > left_) {
    throw Error(fmt::format("[tar] {} bytes of {} asked for, {} left", count, name_, left_));
  }
  read_within(bytes, count, name_);
}

void TarReader::read_within(void* bytes, std::uint64_t count, const std::string& what) {
  const std::uint64_t got = reader_.read(bytes, count);
  left_ -= got;
  if (got < count) {
    throw FileError(
        reader_.path(), reader_.offset(),
        fmt::format("the archive ends in {}, expected {} more bytes of it", what, left_));
  }
}

void TarReader::skip_rest() {
  const std::uint64_t rest = left_ + padding_;
  const std::uint64_t passed = reader_.skip(rest);
  if (passed < rest) {
    throw FileError(
        reader_.path(), reader_.offset(),
        fmt::format("the archive ends in {}, expected {} more bytes of it", name_, rest - passed));
  }
  left_ = 0;
  padding_ = 0;
}

std::string TarReader::read_text() {
  if (left_ > kMaxText) {
    throw FileError(
        reader_.path(), reader_.offset(),
        fmt::format("an extended header of {} bytes, expected at most {}", left_, kMaxText));
  }
  std::string text(left_, '\0');
  read_within(text.data(), text.size(), "an extended header");
  return text;
}

}  // namespace credence::data

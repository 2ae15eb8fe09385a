// Reading idx files, and MNIST and Fashion-MNIST from them.
#include "data/idx.hpp"

#include "data/byte_reader.hpp"
#include "data/location.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kImageMagic = 2051;
constexpr std::uint32_t kLabelMagic = 2049;
constexpr std::uint64_t kImageSide = 28;
constexpr std::int64_t kLabels = 10;

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

// Throws where the header's extents need more bytes than the file has.
void check_body_size(ByteReader& reader, const std::vector<std::int64_t>& extents) {
  const std::uint64_t header = reader.offset();
  const std::uint64_t limit = reader.most_bytes_left();
  std::uint64_t body = 1;
  for (const std::int64_t extent : extents) {
    if (body > limit / static_cast<std::uint64_t>(extent)) {
      if (!reader.packed()) throw_too_short(reader, header, limit, extents);
      throw FileError(
          reader.path(), 4,
          fmt::format("the header asks for {} elements, expected at most the {} that so "
                      "small a gzip file can hold",
                      fmt::format("[{}]", fmt::join(extents, ", ")), limit));
    }
    body *= static_cast<std::uint64_t>(extent);
  }
  const std::uint64_t found = reader.available(body);
  if (found < body) throw_too_short(reader, header, found, extents);
}

Tensor read_idx_of(const fs::path& path, std::optional<std::uint32_t> wanted_magic) {
  ByteReader reader(path, "an idx file");
  const std::uint32_t magic = read_word(reader, "the magic number");
  const bool known =
      wanted_magic ? magic == *wanted_magic : magic == kImageMagic || magic == kLabelMagic;
  if (!known) {
    // Every idx file begins with two zero bytes.
    const std::string note = magic >> 16 != 0 ? reader.kind_note() : "";
    const std::string wanted =
        wanted_magic ? std::to_string(*wanted_magic)
                     : fmt::format("{} (images) or {} (labels)", kImageMagic, kLabelMagic);
    throw FileError(
        reader.path(), 0,
        fmt::format("magic number {} (0x{:08x}), expected {}{}", magic, magic, wanted, note));
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

Dataset read_idx_set(const fs::path& dir, std::string_view name, Split split,
                     std::vector<std::string> class_names) {
  const IdxFiles files = require_idx_files(dir, name, split);
  const Tensor images = read_idx_of(files.images, kImageMagic);
  const Tensor raw_labels = read_idx_of(files.labels, kLabelMagic);
  const std::int64_t count = images.shape()[0];
  for (const int dimension : {1, 2}) {
    if (images.shape()[dimension] != static_cast<std::int64_t>(kImageSide)) {
      throw FileError(files.images.string(), 4 * (static_cast<std::uint64_t>(dimension) + 1),
                      fmt::format("{} {}, expected {}", images.shape()[dimension],
                                  dimension == 1 ? "rows" : "columns", kImageSide));
    }
  }
  if (raw_labels.numel() != count) {
    throw FileError(files.labels.string(), 4,
                    fmt::format("{} labels, expected {}, as many as there are images in {}",
                                raw_labels.numel(), count, files.images.string()));
  }
  const auto* bytes = raw_labels.data<std::uint8_t>();
  const auto* wrong =
      std::find_if(bytes, bytes + count, [](std::uint8_t label) { return label >= kLabels; });
  if (wrong != bytes + count) {
    constexpr std::uint64_t kLabelHeader = 8;
    throw FileError(files.labels.string(), kLabelHeader + static_cast<std::uint64_t>(wrong - bytes),
                    fmt::format("label {}, expected 0 to {}", *wrong, kLabels - 1));
  }
  return {std::string(name), images.reshape({count, 1, kImageSide, kImageSide}),
          raw_labels.to(DType::int64), kLabels, std::move(class_names)};
}

}  // namespace

Tensor read_idx(const fs::path& path) { return read_idx_of(path, std::nullopt); }

Dataset mnist(const fs::path& dir, Split split) {
  return read_idx_set(dir, "mnist", split, digit_names());
}

Dataset fashion_mnist(const fs::path& dir, Split split) {
  return read_idx_set(dir, "fashion-mnist", split,
                      {"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt",
                       "sneaker", "bag", "ankle boot"});
}

}  // namespace credence::data

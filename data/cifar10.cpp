// Reading CIFAR-10's binary batches from files or from a tar archive, and comparing them with the
// published checksums.
#include "data/cifar10.hpp"

#include "data/byte_reader.hpp"
#include "data/location.hpp"
#include "data/tar.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSide = 32;
constexpr std::int64_t kChannels = 3;
constexpr std::int64_t kClasses = 10;
constexpr std::uint64_t kPixels = kChannels * kSide * kSide;
constexpr std::uint64_t kRecord = 1 + kPixels;
constexpr std::uint64_t kRecords = 10000;
constexpr std::uint64_t kBatch = kRecords * kRecord;

Dataset empty_set(std::size_t batches) {
  const auto count = static_cast<std::int64_t>(batches * kRecords);
  return {"cifar10", Tensor::empty({count, kChannels, kSide, kSide}, DType::uint8),
          Tensor::empty({count}, DType::int64), kClasses, cifar10_classes()};
}

std::string form() { return fmt::format("expected {} records of {} bytes", kRecords, kRecord); }

// Reads the records of one batch by read(bytes, count). The batch is known to be long enough.
template <class Read>
void read_records(const ByteReader& reader, std::string_view batch, Dataset& dataset,
                  std::size_t number, Read read) {
  constexpr std::uint64_t kAtATime = 100;
  static_assert(kRecords % kAtATime == 0);
  std::vector<std::uint8_t> buffer(kAtATime * kRecord);
  std::uint8_t* image = dataset.inputs.data<std::uint8_t>() + number * kRecords * kPixels;
  std::int64_t* label = dataset.targets.data<std::int64_t>() + number * kRecords;
  for (std::uint64_t done = 0; done < kRecords; done += kAtATime) {
    const std::uint64_t start = reader.offset();
    read(buffer.data(), buffer.size());
    for (std::uint64_t i = 0; i < kAtATime; ++i, ++label, image += kPixels) {
      const std::uint8_t* record = buffer.data() + i * kRecord;
      if (*record >= kClasses) {
        throw FileError(reader.path(), start + i * kRecord,
                        fmt::format("record {} of {} has label {}, expected 0 to {}", done + i,
                                    batch, *record, kClasses - 1));
      }
      *label = *record;
      std::memcpy(image, record + 1, kPixels);
    }
  }
}

[[noreturn]] void throw_too_short(ByteReader& reader, std::uint64_t offset) {
  // A batch begins with a label. Only a first byte that is no label suggests a file of another
  // kind.
  std::uint8_t first = 0;
  const bool other = reader.offset() == 0 && reader.read(&first, 1) == 1 && first >= kClasses;
  throw FileError(reader.path(), offset,
                  "the file ends here, " + form() + (other ? reader.kind_note() : ""));
}

Dataset read_batches(const std::vector<fs::path>& paths) {
  std::vector<ByteReader> readers;
  for (const fs::path& path : paths) {
    ByteReader& reader = readers.emplace_back(path, "a batch of CIFAR-10");
    const std::uint64_t found = reader.available(kBatch);
    if (found < kBatch) throw_too_short(reader, found);
  }
  Dataset dataset = empty_set(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    ByteReader& reader = readers[i];
    const auto read = [&](std::uint8_t* bytes, std::uint64_t count) {
      if (reader.read(bytes, count) < count) throw_too_short(reader, reader.offset());
    };
    read_records(reader, paths[i].filename().string(), dataset, i, read);
    std::uint8_t extra = 0;
    // This read also makes zlib verify the checksum at the end of a gzip stream.
    if (reader.read(&extra, 1) != 0) {
      throw FileError(reader.path(), kBatch, "the file goes on, " + form());
    }
  }
  return dataset;
}

Dataset read_archive(const fs::path& path, const std::vector<std::string>& names) {
  ByteReader reader(path, "an archive of CIFAR-10's batches");
  TarReader archive(reader);
  Dataset dataset;
  std::vector<bool> found(names.size());
  while (const auto entry = archive.next()) {
    const auto name = std::find(names.begin(), names.end(), entry->name);
    if (name == names.end() || !entry->regular) continue;
    const auto number = static_cast<std::size_t>(name - names.begin());
    const std::uint64_t start = reader.offset();
    if (found[number]) {
      throw FileError(reader.path(), start,
                      fmt::format("{} is there twice, expected it once", *name));
    }
    if (entry->size != kBatch) {
      throw FileError(reader.path(), start,
                      fmt::format("{} has {} bytes, {}", *name, entry->size, form()));
    }
    if (!dataset.inputs.defined()) {
      // All batches of the split are still to come.
      const std::uint64_t expected = names.size() * kBatch;
      const std::uint64_t available = reader.available(expected);
      if (available < expected) {
        throw FileError(reader.path(), start + available,
                        fmt::format("the archive ends here, expected {} bytes of batches from "
                                    "byte {}",
                                    expected, start));
      }
      dataset = empty_set(names.size());
    }
    read_records(reader, *name, dataset, number,
                 [&](std::uint8_t* bytes, std::uint64_t count) { archive.read(bytes, count); });
    found[number] = true;
  }
  const auto missing = std::find(found.begin(), found.end(), false);
  if (missing != found.end()) {
    throw FileError(reader.path(), reader.offset(),
                    fmt::format("the archive ends without {}, expected {}",
                                names[static_cast<std::size_t>(missing - found.begin())],
                                fmt::join(names, ", ")));
  }
  return dataset;
}

}  // namespace

Dataset cifar10(const fs::path& dir, Split split) {
  const Cifar10Files files = require_cifar10_files(dir, split);
  if (!files.batches.empty()) return read_batches(files.batches);
  return read_archive(files.archive, cifar10_batch_names(split));
}

std::vector<std::string> cifar10_classes() {
  return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}

}  // namespace credence::data

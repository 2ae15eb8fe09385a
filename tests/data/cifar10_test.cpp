// Tests of reading CIFAR-10: batches, archives, damaged files, and the published set where it is
// found.
#include "data/cifar10.hpp"

#include "data/location.hpp"
#include "framework/base/error.hpp"
#include "framework/core/storage.hpp"
#include "tests/data/packing.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <zlib.h>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_cifar10)

namespace {

namespace fs = std::filesystem;
using test::gzip;
using test::octal;
using test::tar_end;
using test::tar_entry;
using test::tar_header;
using test::TemporaryFolder;

constexpr std::size_t kRecord = 3073;
constexpr std::size_t kBatch = 10000 * kRecord;

// A batch of zeros, with the given labels of its first and last record and with the last record's
// planes set.
std::string batch(char first_label, char last_label) {
  std::string bytes(kBatch, '\0');
  bytes[0] = first_label;
  const std::size_t last = kBatch - kRecord;
  bytes[last] = last_label;
  for (std::size_t i = 1; i < kRecord; ++i) bytes[last + i] = static_cast<char>(i % 251);
  return bytes;
}

// A sparse file of zeros takes no space on the disk.
fs::path zeros(const TemporaryFolder& folder, const std::string& name, std::uintmax_t size) {
  const fs::path path = folder.write(name, "");
  fs::resize_file(path, size);
  return path;
}

void check_error(const fs::path& dir, Split split, const fs::path& culprit,
                 const std::string& what) {
  BOOST_CHECK_EXCEPTION(cifar10(dir, split), FileError, [&](const FileError& error) {
    const std::string message = error.what();
    const bool fits = message.starts_with(culprit.string() + ": byte ") &&
                      message.find(what) != std::string::npos;
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
    return fits;
  });
}

// The folder of the published set; nothing, with a message in the log, where it is not found.
std::optional<fs::path> real_folder(Split split) {
  const char* dir = std::getenv("CREDENCE_DATA");
  if (dir != nullptr && find_cifar10_files(dir, split)) return dir;
  BOOST_TEST_MESSAGE("skipped: no CIFAR-10 in the folder that CREDENCE_DATA names");
  return std::nullopt;
}

// The CRC-32 of each batch's records, written as its file has them. The expected values in the
// tests are those that Python's zlib.crc32 gives for the published files.
std::vector<std::uint32_t> batch_checksums(const Dataset& dataset) {
  constexpr std::int64_t kRecords = 10000;
  constexpr std::int64_t kPixels = 3072;
  std::vector<std::uint32_t> checksums;
  for (std::int64_t i = 0; i < dataset.targets.numel(); ++i) {
    if (i % kRecords == 0) checksums.push_back(0);
    const auto label = static_cast<std::uint8_t>(dataset.targets.data<std::int64_t>()[i]);
    const auto after_label = crc32(checksums.back(), &label, 1);
    checksums.back() = static_cast<std::uint32_t>(
        crc32(after_label, dataset.inputs.data<std::uint8_t>() + i * kPixels, kPixels));
  }
  return checksums;
}

BOOST_AUTO_TEST_CASE(batches_in_a_folder) {
  const TemporaryFolder folder;
  folder.write("cifar-10-batches-bin/test_batch.bin", batch(3, 9));
  const Dataset dataset = cifar10(folder.path(), Split::test);
  BOOST_TEST(dataset.name == "cifar10");
  BOOST_TEST(dataset.inputs.shape().to_string() == "[10000, 3, 32, 32]");
  BOOST_TEST(dataset.classes == 10);
  BOOST_TEST(dataset.class_names.at(9) == "truck");
  BOOST_CHECK_NO_THROW(validate(dataset));
  const auto* labels = dataset.targets.data<std::int64_t>();
  BOOST_TEST(labels[0] == 3);
  BOOST_TEST(labels[1] == 0);
  BOOST_TEST(labels[9999] == 9);
  const auto last = dataset.inputs.slice(9999, 10000).to_vector<int>();
  for (int i = 0; i < 3072; ++i) BOOST_REQUIRE(last[static_cast<std::size_t>(i)] == (i + 1) % 251);
}

BOOST_AUTO_TEST_CASE(the_five_batches_in_their_order) {
  const TemporaryFolder folder;
  for (int i = 1; i <= 5; ++i) {
    const fs::path path = zeros(folder, "cifar10/data_batch_" + std::to_string(i) + ".bin", kBatch);
    std::fstream(path, std::ios::binary | std::ios::in | std::ios::out).put(static_cast<char>(i));
  }
  const Dataset dataset = cifar10(folder.path(), Split::train);
  BOOST_TEST(dataset.size() == 50000);
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(dataset.targets.data<std::int64_t>()[i * 10000] == i + 1);
  }
}

BOOST_AUTO_TEST_CASE(batches_of_the_wrong_form) {
  const TemporaryFolder folder;
  const fs::path path = zeros(folder, "test_batch.bin", kBatch - 1);
  check_error(folder.path(), Split::test, path,
              "byte 30729999: the file ends here, expected 10000");
  zeros(folder, "test_batch.bin", kBatch + 1);
  check_error(folder.path(), Split::test, path, "byte 30730000: the file goes on");
  zeros(folder, "test_batch.bin", 0);
  check_error(folder.path(), Split::test, path, "byte 0: the file ends here");
  folder.write("test_batch.bin", "<html>404");
  check_error(folder.path(), Split::test, path, "records of 3073 bytes; the file is an HTML page");
  zeros(folder, "test_batch.bin", kBatch);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(7777 * kRecord).put(10);
  file.close();
  check_error(folder.path(), Split::test, path,
              "byte 23898721: record 7777 of test_batch.bin has label 10, expected 0 to 9");
}

BOOST_AUTO_TEST_CASE(nothing_large_is_taken_before_the_size_is_known) {
  const TemporaryFolder folder;
  const auto before = allocator_statistics(Device::cpu).peak_bytes_in_use;
  const fs::path path = folder.write("test_batch.bin.gz", gzip(std::string(20000, '\0')));
  check_error(folder.path(), Split::test, path, "byte 20000: the file ends here");
  const fs::path archive =
      folder.write("cifar10/cifar-10-binary.tar.gz",
                   gzip(tar_header({"data_batch_1.bin", octal(kBatch)}) + "hollow"));
  check_error(folder.path(), Split::train, archive,
              "byte 518: the archive ends here, expected 153650000 bytes");
  BOOST_TEST(allocator_statistics(Device::cpu).peak_bytes_in_use == before);
}

BOOST_AUTO_TEST_CASE(an_archive_in_any_order_with_other_files) {
  const TemporaryFolder folder;
  std::string bytes = gzip(tar_entry("some/way/", "", '5') + tar_entry("readme.html", "hello"));
  // Concatenated gzip streams are one file.
  const std::string nothing = gzip(std::string(kBatch - 1 + 240, '\0'));
  for (const int i : {3, 1, 2, 5, 4}) {
    bytes += gzip(tar_header({"way/data_batch_" + std::to_string(i) + ".bin", octal(kBatch)}) +
                  static_cast<char>(i)) +
             nothing;
  }
  const fs::path path = folder.write("cifar-10-binary.tar.gz", bytes + gzip(tar_end()));
  for (const fs::path& dir : {folder.path(), path}) {
    const Dataset dataset = cifar10(dir, Split::train);
    for (int i = 0; i < 5; ++i) {
      BOOST_TEST(dataset.targets.data<std::int64_t>()[i * 10000] == i + 1);
    }
  }
  check_error(folder.path(), Split::test, path, "the archive ends without test_batch.bin");
}

BOOST_AUTO_TEST_CASE(archives_of_the_wrong_form) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& bytes) {
    return folder.write("cifar-10-binary.tar", bytes);
  };
  const std::string whole = tar_entry("a/test_batch.bin", batch(1, 2));
  const auto check = [&](const std::string& bytes, const std::string& what) {
    check_error(folder.path(), Split::test, write(bytes), what);
  };
  check("", "ends in a header");
  check("garbage", "ends in a header");
  check(std::string(4096, 'g'), "byte 0: no tar header");
  check("PK\5\6" + std::string(4092, '\0'),
        "expected one with its checksum; the file is a zip archive");
  check(tar_end(), "the archive ends without test_batch.bin");
  check(tar_entry("test_batch.bin", "short") + tar_end(), "byte 512: test_batch.bin has 5 bytes");
  check(whole.substr(0, 1000000), "byte 1000000: the archive ends here");
  check(tar_entry("test_batch.bin", "", '2') + tar_end(), "ends without test_batch.bin");
  check(whole + whole + tar_end(), "byte 30731264: test_batch.bin is there twice");
  check(tar_entry("test_batch.bin", batch(1, 77)) + tar_end(),
        "byte 30727439: record 9999 of test_batch.bin has label 77");
  BOOST_TEST(cifar10((write(whole + tar_end()), folder.path()), Split::test).size() == 10000);

  std::string packed = gzip(whole + tar_end());
  fs::remove(folder.path() / "cifar-10-binary.tar");
  const auto check_packed = [&](const std::string& bytes, const std::string& what) {
    check_error(folder.path(), Split::test, folder.write("cifar-10-binary.tar.gz", bytes), what);
  };
  check_packed(packed.substr(0, packed.size() / 2), "cut short");
  packed[packed.size() - 8] = static_cast<char>(packed[packed.size() - 8] ^ 1);
  check_packed(packed, "damaged gzip stream");
}

BOOST_AUTO_TEST_CASE(real_training_set) {
  const auto dir = real_folder(Split::train);
  if (!dir) return;
  const Dataset train = cifar10(*dir, Split::train);
  BOOST_TEST(train.inputs.shape().to_string() == "[50000, 3, 32, 32]");
  for (const std::int64_t count : class_histogram(train)) BOOST_TEST(count == 5000);
  const std::vector<std::uint32_t> expected{0xb3220c1f, 0xc439a348, 0x8c6f54f0, 0x6a83637e,
                                            0x2f355afd};
  BOOST_TEST(batch_checksums(train) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(real_test_set) {
  const auto dir = real_folder(Split::test);
  if (!dir) return;
  const Dataset test = cifar10(*dir, Split::test);
  for (const std::int64_t count : class_histogram(test)) BOOST_TEST(count == 1000);
  BOOST_TEST(batch_checksums(test) == std::vector<std::uint32_t>{0x19777d49},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data

// Tests of reading idx files: both forms, damaged files, and the real MNIST and Fashion-MNIST where
// they are found.
#include "data/idx.hpp"

#include "data/location.hpp"
#include "framework/base/error.hpp"
#include "framework/core/storage.hpp"
#include "tests/data/packing.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/support.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_idx)

namespace {

namespace fs = std::filesystem;
using test::gzip;
using test::TemporaryFolder;

std::string words(const std::vector<std::uint32_t>& values) {
  std::string bytes;
  for (const std::uint32_t value : values) {
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 255U);
  }
  return bytes;
}

// `count` images of 28 x 28 whose pixels count up modulo 251.
std::string image_file(std::uint32_t count) {
  std::string bytes = words({2051, count, 28, 28});
  for (std::uint32_t i = 0; i < count * 784; ++i) bytes += static_cast<char>(i % 251);
  return bytes;
}

std::string label_file(std::uint32_t count) {
  std::string bytes = words({2049, count});
  for (std::uint32_t i = 0; i < count; ++i) bytes += static_cast<char>(i % 10);
  return bytes;
}

// Checks that reading throws a FileError naming the file, the byte offset and `expectation`.
void check_error(const fs::path& path, std::uint64_t offset, const std::string& expectation) {
  const auto names_all = [&](const FileError& error) {
    const std::string what = error.what();
    BOOST_TEST_INFO(what);
    const bool begins = what.starts_with(path.string() + ": byte " + std::to_string(offset) + ": ");
    const bool explains = what.find(expectation) != std::string::npos;
    if (!begins || !explains) BOOST_TEST_MESSAGE("unexpected message: " << what);
    return begins && explains;
  };
  BOOST_CHECK_EXCEPTION(read_idx(path), FileError, names_all);
}

void check_set_error(const fs::path& dir, const fs::path& culprit, const std::string& what) {
  BOOST_CHECK_EXCEPTION(mnist(dir, Split::train), FileError, [&](const FileError& error) {
    const std::string message = error.what();
    const bool fits =
        message.starts_with(culprit.string() + ": ") && message.find(what) != std::string::npos;
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
    return fits;
  });
}

BOOST_AUTO_TEST_CASE(reads_plain_and_packed_whatever_the_name) {
  const TemporaryFolder folder;
  const std::string bytes = image_file(3);
  for (const fs::path& path :
       {folder.write("plain", bytes), folder.write("packed.gz", gzip(bytes)),
        folder.write("plain.gz", bytes), folder.write("packed", gzip(bytes))}) {
    const Tensor images = read_idx(path);
    BOOST_TEST(images.shape().to_string() == "[3, 28, 28]");
    const auto pixels = images.to_vector<int>();
    for (std::size_t i = 0; i < pixels.size(); ++i)
      BOOST_REQUIRE(pixels[i] == static_cast<int>(i % 251));
  }
  BOOST_TEST(read_idx(folder.write("labels", label_file(12))).to_vector<int>().back() == 1);
}

BOOST_AUTO_TEST_CASE(wrong_headers) {
  const TemporaryFolder folder;
  const auto check_unopened = [](const fs::path& path, const std::string& what) {
    BOOST_CHECK_EXCEPTION(read_idx(path), FileError,
                          says(path.string() + ": " + what + ", expected an idx file"));
  };
  check_unopened(folder.path() / "missing", "cannot be opened: No such file or directory");
  check_unopened(folder.path(), "is not a regular file");
  check_error(folder.write("empty", ""), 0, "ends in its header");
  check_error(folder.write("short", words({2051, 5}) + "ab"), 10, "from byte 8: the rows");
  check_error(folder.write("garbage", "this is no idx file"), 0, "expected 2051 (images) or 2049");
  check_error(folder.write("page", "<!DOCTYPE html><p>404"), 0,
              "(0x3c21444f), expected 2051 (images) or 2049 (labels); the file is an HTML page");
  check_error(folder.write("floats", words({0x0D03, 1, 1, 1}) + "abcd"), 0, "magic number 3331");
  check_error(folder.write("none", words({2049, 0})), 4, "count is 0, expected at least 1");
  check_error(folder.write("flat", words({2051, 1, 28, 0})), 12, "columns is 0");
}

BOOST_AUTO_TEST_CASE(absurd_counts_are_refused_before_any_memory_is_taken) {
  const TemporaryFolder folder;
  const std::string absurd =
      words({2051, 0xFFFFFFFFU, 0xFFFFFFFFU, 0xFFFFFFFFU}) + std::string(100, 'x');
  const std::string large = words({2051, 300, 28, 28}) + std::string(100, 'x');
  const auto before = allocator_statistics(Device::cpu).peak_bytes_in_use;
  check_error(folder.write("plain", absurd), 116, "expected [4294967295, 4294967295, 4294967295]");
  check_error(folder.write("packed", gzip(absurd)), 4, "expected at most the");
  check_error(folder.write("large", large), 116, "ends after 100 elements, expected [300, 28, 28]");
  // The extents are possible for the best compression, but the bytes are missing.
  const std::string hollow = words({2051, 40, 28, 28}) + std::string(100, 'x');
  check_error(folder.write("hollow", gzip(hollow)), 116,
              "ends after 100 elements, expected [40, 28, 28]");
  BOOST_TEST(allocator_statistics(Device::cpu).peak_bytes_in_use == before);
}

BOOST_AUTO_TEST_CASE(an_extreme_but_true_packing_is_read) {
  const TemporaryFolder folder;
  const std::string zeros = words({2051, 1000, 28, 28}) + std::string(784000, '\0');
  const Tensor images = read_idx(folder.write("zeros", gzip(zeros)));
  BOOST_TEST(images.shape()[0] == 1000);
  BOOST_TEST(images.data<std::uint8_t>()[783999] == 0);
}

BOOST_AUTO_TEST_CASE(wrong_bodies) {
  const TemporaryFolder folder;
  const std::string whole = image_file(2);
  check_error(folder.write("short", whole.substr(0, 1000)), 1000,
              "after 984 elements, expected [2, 28, 28]");
  check_error(folder.write("short.gz", gzip(whole.substr(0, 1000))), 1000,
              "after 984 elements, expected [2, 28, 28]");
  check_error(folder.write("long", whole + "x"), 1584, "goes on, expected its end after 1568");
  check_error(folder.write("long.gz", gzip(whole + "x")), 1584,
              "goes on, expected its end after 1568");
}

BOOST_AUTO_TEST_CASE(damaged_gzip_streams) {
  const TemporaryFolder folder;
  const std::string packed = gzip(label_file(5000));
  const auto damaged = [&](const std::string& name, const std::string& bytes,
                           const std::string& what) {
    const fs::path path = folder.write(name, bytes);
    BOOST_CHECK_EXCEPTION(read_idx(path), FileError, [&](const FileError& error) {
      const std::string message = error.what();
      const bool fits =
          message.starts_with(path.string() + ": byte ") && message.find(what) != std::string::npos;
      if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
      return fits;
    });
  };
  std::string wrong_crc = packed;
  wrong_crc[packed.size() - 8] = static_cast<char>(wrong_crc[packed.size() - 8] ^ 1);
  damaged("crc", wrong_crc, "damaged gzip stream");
  std::string wrong_data = packed;
  for (std::size_t i = 20; i < 40; ++i) wrong_data[i] = '\xFF';
  damaged("data", wrong_data, "damaged gzip stream");
  damaged("cut", packed.substr(0, packed.size() - 20), "cut short");
  damaged("no trailer", packed.substr(0, packed.size() - 6), "cut short");
}

BOOST_AUTO_TEST_CASE(mnist_from_files_made_here) {
  const TemporaryFolder folder;
  folder.write("mnist/train-images-idx3-ubyte.gz", gzip(image_file(23)));
  folder.write("mnist/train-labels-idx1-ubyte", label_file(23));
  for (const fs::path& dir : {folder.path(), folder.path() / "mnist"}) {
    const Dataset dataset = mnist(dir, Split::train);
    BOOST_TEST(dataset.name == "mnist");
    BOOST_TEST(dataset.inputs.shape().to_string() == "[23, 1, 28, 28]");
    BOOST_TEST(dataset.classes == 10);
    BOOST_TEST(dataset.class_names.at(9) == "9");
    BOOST_TEST(dataset.targets.to_vector<int>()[22] == 2);
    BOOST_CHECK_NO_THROW(validate(dataset));
  }
  const fs::path elsewhere = folder.path() / "elsewhere";
  check_set_error(elsewhere, elsewhere, "looked for train-images-idx3-ubyte");
  BOOST_CHECK_THROW(mnist(folder.path(), Split::test), FileError);
  BOOST_CHECK_THROW(fashion_mnist(folder.path(), Split::train), FileError);
  folder.write("fashion-mnist/train-images-idx3-ubyte", image_file(2));
  folder.write("fashion-mnist/train-labels-idx1-ubyte", label_file(2));
  const Dataset fashion = fashion_mnist(folder.path(), Split::train);
  BOOST_TEST(fashion.size() == 2);
  BOOST_TEST(fashion.class_names.at(9) == "ankle boot");
  BOOST_CHECK_NO_THROW(validate(fashion));
}

BOOST_AUTO_TEST_CASE(files_that_do_not_fit_together) {
  const TemporaryFolder folder;
  const std::string images = "train-images-idx3-ubyte";
  const std::string labels = "train-labels-idx1-ubyte";
  folder.write(images, image_file(5));
  folder.write(labels, label_file(4));
  check_set_error(folder.path(), folder.path() / labels, "byte 4: 4 labels, expected 5");
  std::string wrong_label = label_file(5);
  wrong_label[11] = 10;
  folder.write(labels, wrong_label);
  check_set_error(folder.path(), folder.path() / labels, "byte 11: label 10, expected 0 to 9");
  folder.write(labels, image_file(5));
  check_set_error(folder.path(), folder.path() / labels,
                  "byte 0: magic number 2051 (0x00000803), expected 2049");
  folder.write(labels, label_file(5));
  folder.write(images, words({2051, 5, 28, 27}) + std::string(5 * 28 * 27, '\0'));
  check_set_error(folder.path(), folder.path() / images, "byte 12: 27 columns, expected 28");
}

BOOST_AUTO_TEST_CASE(real_mnist) {
  const char* dir = std::getenv("CREDENCE_DATA");
  if (dir == nullptr || !find_idx_files(dir, "mnist", Split::train) ||
      !find_idx_files(dir, "mnist", Split::test)) {
    BOOST_TEST_MESSAGE("skipped: no MNIST in the folder that CREDENCE_DATA names");
    return;
  }
  const Dataset train = mnist(dir, Split::train);
  const Dataset test = mnist(dir, Split::test);
  const std::vector<std::int64_t> train_histogram{5923, 6742, 5958, 6131, 5842,
                                                  5421, 5918, 6265, 5851, 5949};
  const std::vector<std::int64_t> test_histogram{980, 1135, 1032, 1010, 982,
                                                 892, 958,  1028, 974,  1009};
  BOOST_TEST(train.inputs.shape().to_string() == "[60000, 1, 28, 28]");
  BOOST_TEST(class_histogram(train) == train_histogram, boost::test_tools::per_element());
  BOOST_TEST(class_histogram(test) == test_histogram, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(real_fashion_mnist) {
  const char* dir = std::getenv("CREDENCE_DATA");
  if (dir == nullptr || !find_idx_files(dir, "fashion-mnist", Split::test)) {
    BOOST_TEST_MESSAGE("skipped: no Fashion-MNIST in the folder that CREDENCE_DATA names");
    return;
  }
  for (const std::int64_t count : class_histogram(fashion_mnist(dir, Split::test)))
    BOOST_TEST(count == 1000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data

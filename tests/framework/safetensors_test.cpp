// Tests of safetensors files: saved bits, the Python package's file, and damaged files.
#include "framework/io/safetensors.hpp"

#include "framework/base/error.hpp"
#include "framework/core/storage.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/file_size_limit.hpp"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

namespace credence::io {

BOOST_AUTO_TEST_SUITE(safetensors)

namespace {

namespace fs = std::filesystem;
using test::FileSizeLimit;
using test::read_file;
using test::TemporaryFolder;

std::string bytes_of(const Tensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.raw_data()), tensor.bytes()};
}

// A file with this header and these elements. The header size is the header's unless another one is
// given.
std::string file_of(const std::string& header, const std::string& elements) {
  const std::uint64_t size = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &size, 8);
  return bytes + header + elements;
}

std::string with_size(std::uint64_t size, const std::string& rest) {
  std::string bytes = file_of("", rest);
  std::memcpy(bytes.data(), &size, 8);
  return bytes;
}

std::string small_file() {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "small";
  const std::vector<NamedTensor> tensors{{"a", Tensor::from<float>({2, 2}, {1, 2, 3, 4})},
                                         {"b", Tensor::from<std::uint8_t>({3}, {5, 6, 7})},
                                         {"c", Tensor::zeros({0})}};
  save_safetensors(path, tensors, {{"key", "value"}});
  return read_file(path);
}

// Checks that a file is refused with a message that names it, before memory is allocated for a
// tensor.
void check_refused(const std::string& bytes, const std::string& expectation) {
  const TemporaryFolder folder;
  const fs::path path = folder.write("file", bytes);
  release_cached_memory(Device::cpu);
  const std::size_t allocations = allocator_statistics(Device::cpu).system_allocations;
  BOOST_CHECK_EXCEPTION(load_safetensors(path), FileError, [&](const FileError& error) {
    const std::string message = error.what();
    const bool fits =
        message.starts_with(path.string() + ": ") && message.find(expectation) != std::string::npos;
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
    return fits;
  });
  BOOST_TEST(allocator_statistics(Device::cpu).system_allocations == allocations);
}

BOOST_AUTO_TEST_CASE(what_is_saved_comes_back_bit_for_bit) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "model.safetensors";
  const Tensor grid = Tensor::from<float>({4, 2}, {1, -0.0F, INFINITY, NAN, 1e-40F, 6, 7, 8});
  const std::vector<NamedTensor> saved{
      {"z.float", grid},
      {"a view", grid.slice(1, 3)},
      {"double", Tensor::from<double>({2}, {M_PI, -1e300})},
      {"byte", Tensor::from<std::uint8_t>({1, 3}, {0, 128, 255})},
      {"int", Tensor::from<std::int32_t>({2}, {-5, 1 << 30})},
      {"long", Tensor::from<std::int64_t>({2}, {-5, std::int64_t{1} << 60})},
      {"scalar", Tensor::full({}, 0.1)},
      {"empty", Tensor::zeros({3, 0, 2}, DType::float64)},
      {"rank 8", Tensor::zeros({1, 1, 1, 2, 1, 1, 1, 1})},
      {"", Tensor::full({1}, 4)},
      {"名前 \"\\\n\x01", Tensor::full({1}, 5)}};
  const std::map<std::string, std::string> metadata{{"step", "12"}, {"", "\"quoted\"\n"}};
  save_safetensors(path, saved, metadata);

  const SafeTensors loaded = load_safetensors(path);
  BOOST_TEST((loaded.metadata == metadata));
  BOOST_TEST(loaded.tensors.size() == saved.size());
  for (const NamedTensor& item : saved) {
    const Tensor* found = loaded.find(item.name);
    BOOST_REQUIRE_MESSAGE(found != nullptr, item.name);
    BOOST_TEST(found->shape().to_string() == item.tensor.shape().to_string());
    BOOST_TEST((found->dtype() == item.tensor.dtype()));
    BOOST_TEST(bytes_of(*found) == bytes_of(item.tensor), item.name);
  }
  BOOST_TEST(loaded.find("missing") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_file_may_hold_nothing) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "nothing";
  save_safetensors(path, {});
  BOOST_TEST(read_file(path) == file_of("{}      ", ""));
  BOOST_TEST(load_safetensors(path).tensors.empty());
  BOOST_TEST(load_safetensors(path).metadata.empty());
  save_safetensors(path, {}, {{"only", "metadata"}});
  BOOST_TEST(load_safetensors(path).metadata.at("only") == "metadata");
}

BOOST_AUTO_TEST_CASE(the_file_of_the_python_package_is_read_and_written_alike) {
  const fs::path path = fs::path(CREDENCE_TEST_REFERENCE) / "safetensors_from_python.safetensors";
  const SafeTensors file = load_safetensors(path);
  BOOST_REQUIRE(file.tensors.size() == 8);
  BOOST_TEST(file.metadata.at("épreuve") == "numpy\t1");
  const auto check = [&]<class T>(const char* name, const char* shape, std::vector<T> values) {
    const Tensor* tensor = file.find(name);
    BOOST_REQUIRE_MESSAGE(tensor != nullptr, name);
    BOOST_TEST(tensor->shape().to_string() == shape);
    BOOST_REQUIRE((tensor->dtype() == dtype_of<T>));
    BOOST_TEST(tensor->to_vector<T>() == values, boost::test_tools::per_element());
  };
  check("layer.weight", "[2, 3]", std::vector<float>{-0.5F, -0.25F, 0, 0.25F, 0.5F, 0.75F});
  check("layer.bias", "[3]", std::vector<double>{1e-300, -0.0, INFINITY});
  BOOST_TEST(std::signbit(file.find("layer.bias")->data<double>()[1]));
  check("images", "[2, 2]", std::vector<std::uint8_t>{0, 1, 128, 255});
  check("labels", "[3]", std::vector<std::int64_t>{-1, std::int64_t{1} << 40, 7});
  check("index", "[2]", std::vector<std::int32_t>{-2, 1 << 30});
  check("scale", "[]", std::vector<float>{0.375F});
  check("nothing", "[0, 4]", std::vector<float>{});
  check("Größe \"x\"\n", "[1]", std::vector<float>{3});

  const TemporaryFolder folder;
  save_safetensors(folder.path() / "copy", file.tensors, file.metadata);
  BOOST_TEST((read_file(folder.path() / "copy") == read_file(path)));
}

// IEEE 754: a number of e bits of exponent and f of fraction is ± 2^(exponent - bias) · 1.fraction,
// or ± 2^(1 - bias) · 0.fraction where the exponent's bits are 0; with ones alone there it is
// infinite or NaN.
BOOST_AUTO_TEST_CASE(numbers_of_16_bits_become_float32_without_rounding) {
  const auto value = [](int bits, int fraction_bits) {
    const int exponent_bits = 15 - fraction_bits;
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1);
    const double fraction = std::ldexp(bits & ((1 << fraction_bits) - 1), -fraction_bits);
    double magnitude =
        exponent == 0 ? std::ldexp(fraction, 1 - bias) : std::ldexp(1 + fraction, exponent - bias);
    if (exponent == (1 << exponent_bits) - 1) magnitude = fraction == 0 ? INFINITY : NAN;
    return std::copysign(magnitude, (bits & 0x8000) != 0 ? -1.0 : 1.0);
  };
  std::string elements(std::size_t{2} << 16, '\0');
  for (int bits = 0; bits < 1 << 16; ++bits) {
    elements[static_cast<std::size_t>(2 * bits)] = static_cast<char>(bits & 0xFF);
    elements[static_cast<std::size_t>(2 * bits + 1)] = static_cast<char>(bits >> 8);
  }
  const TemporaryFolder folder;
  for (const auto& [name, fraction_bits] : {std::pair("F16", 10), std::pair("BF16", 7)}) {
    const fs::path path =
        folder.write("half", file_of(R"({"x":{"dtype":")" + std::string(name) +
                                         R"(","shape":[65536],"data_offsets":[0,131072]}})",
                                     elements));
    const Tensor x = load_safetensors(path).tensors.at(0).tensor;
    BOOST_REQUIRE((x.dtype() == DType::float32));
    int wrong = 0;
    for (int bits = 0; bits < 1 << 16; ++bits) {
      const double found = x.data<float>()[bits];
      const double expected = value(bits, fraction_bits);
      const bool same = std::isnan(expected) ? std::isnan(found) : found == expected;
      if (!same || std::signbit(found) != std::signbit(expected)) ++wrong;
    }
    BOOST_TEST(wrong == 0, name);
  }
}

BOOST_AUTO_TEST_CASE(a_file_cut_short_anywhere_is_refused) {
  const std::string whole = small_file();
  BOOST_TEST(whole.size() % 8 == 3);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    check_refused(whole.substr(0, bytes), "byte " + std::to_string(bytes) + ": the file ends");
  }
}

BOOST_AUTO_TEST_CASE(a_file_with_any_byte_changed_is_read_or_refused) {
  const TemporaryFolder folder;
  const std::string whole = small_file();
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char change : {'\x01', '\x04', '\x10', '\x7f', '\x80'}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ change);
      const fs::path path = folder.write("changed", changed);
      try {
        load_safetensors(path);
      } catch (const FileError&) {
        ++refused;
      }
    }
  }
  BOOST_TEST(refused > 500);
}

BOOST_AUTO_TEST_CASE(header_sizes_that_cannot_be) {
  check_refused(with_size(100'000'001, "{}"), "byte 0: the header size is 100000001");
  check_refused(with_size(~std::uint64_t{0}, "{}"), "expected at most 100000000");
  check_refused(with_size(100'000'000, "{}"), "byte 10: the file ends in its header");
  check_refused(with_size(0, "{}"), "byte 8: the header does not begin with {");
  check_refused(with_size(1, "{}"), "byte 9: the header is no valid JSON");
}

BOOST_AUTO_TEST_CASE(a_wrong_last_entry_is_seen_before_the_first_tensor_is_made) {
  const std::string first = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)";
  check_refused(
      file_of(first + R"("b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})", "1234567"),
      R"(tensor "b" at the bytes [3, 7) of the data overlaps)");
  check_refused(
      file_of(first + R"("b":{"dtype":"I16","shape":[2],"data_offsets":[4,8]}})", "12345678"),
      R"(tensor "b" has the dtype "I16")");
  check_refused(
      file_of(first + R"("b":{"dtype":"F16","shape":[3],"data_offsets":[4,8]}})", "12345678"),
      R"(tensor "b" of type F16 and shape [3] needs 6 bytes)");
  check_refused(
      file_of(first + R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", "123456789"),
      "the file goes on for 1 bytes");
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused) {
  const TemporaryFolder folder;
  BOOST_CHECK_THROW(load_safetensors(folder.path()), FileError);
  BOOST_CHECK_THROW(load_safetensors(folder.path() / "missing"), FileError);
  const fs::path pipe = folder.path() / "pipe";
  BOOST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  BOOST_CHECK_THROW(load_safetensors(pipe), FileError);
}

BOOST_AUTO_TEST_CASE(tensors_that_cannot_be_saved) {
  const TemporaryFolder folder;
  const Tensor one = Tensor::full({1}, 1);
  const auto check = [&](std::vector<NamedTensor> tensors,
                         const std::map<std::string, std::string>& metadata = {}) {
    BOOST_CHECK_THROW(save_safetensors(folder.path() / "file", tensors, metadata), ValueError);
    BOOST_TEST(fs::is_empty(folder.path()));
  };
  check({{"a", one}, {"b", one}, {"a", one.to(DType::int64)}});
  check({{"__metadata__", one}});
  check({{"undefined", Tensor()}});
  check({{"no UTF-8: \xFF", one}});
  check({{"a", one}}, {{"key", "no UTF-8: \xC3"}});
}

BOOST_AUTO_TEST_CASE(a_save_that_fails_leaves_the_old_file) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "model";
  const std::vector<NamedTensor> large{{"weight", Tensor::zeros({5000})}};
  save_safetensors(path, {}, {{"old", "file"}});
  {
    const FileSizeLimit limit(4096);
    BOOST_CHECK_THROW(save_safetensors(path, large), FileError);
  }
  BOOST_TEST(load_safetensors(path).metadata.at("old") == "file");
  BOOST_TEST(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
  BOOST_CHECK_THROW(save_safetensors(folder.path() / "missing" / "model", large), FileError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::io

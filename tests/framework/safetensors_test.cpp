#include "framework/io/safetensors.hpp"

#include "framework/core/error.hpp"
#include "framework/core/storage.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/file_size_limit.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

namespace credence::io {
namespace {

namespace fs = std::filesystem;
using test::FileSizeLimit;
using test::TemporaryFolder;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string bytes_of(const Tensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.raw_data()), tensor.bytes()};
}

// A file of a header and elements; the header size is the header's unless said otherwise.
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

// Checks that a file is refused with a message that names it, before memory is taken for a tensor.
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

// The same for a header with 8 bytes of elements, where `shape` is that of a tensor "x" of U8.
void check_header_refused(const std::string& header, const std::string& expectation) {
  check_refused(file_of(header, std::string(8, 'e')), expectation);
}
void check_entry_refused(const std::string& entry, const std::string& expectation) {
  check_header_refused(R"({"x":)" + entry + "}", expectation);
}
void check_shape_refused(const std::string& shape, const std::string& expectation) {
  check_entry_refused(R"({"dtype":"U8","shape":)" + shape + R"(,"data_offsets":[0,8]})",
                      expectation);
}

BOOST_AUTO_TEST_SUITE(safetensors)

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

BOOST_AUTO_TEST_CASE(headers_that_are_no_such_json) {
  check_header_refused(" {}", "byte 8: the header does not begin with {");
  check_header_refused("\xEF\xBB\xBF{}", "does not begin with {");
  check_header_refused("[]", "does not begin with {");
  check_header_refused("{} x", "byte 11: the header is no valid JSON");
  check_header_refused(std::string("{}\0x", 4), "byte 10: a zero byte in the header");
  check_header_refused("{\"\xC3(\":{}}", "byte 11: the header is no valid JSON");
  check_header_refused(R"({"x":{"dtype":"U8",}})", "no valid JSON");
  check_header_refused(R"({"x":5})", R"(tensor "x" is a number, expected an object)");
  check_header_refused(R"({"x":null})", R"(tensor "x" is null, expected an object)");
  check_header_refused(R"({"x":[{}]})", R"(tensor "x" is an array, expected an object)");
  check_header_refused(R"({"\u001b[2J":5})", R"(tensor "\u001b[2J" is a number)");
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_where_it_begins) {
  constexpr std::size_t kDepth = 1'000'000;
  check_header_refused(R"({"x":)" + std::string(kDepth, '['), "is an array, expected an object");
  check_shape_refused(std::string(kDepth, '['), R"("shape" is an array, expected integers)");
  std::string objects = "{";
  for (std::size_t i = 0; i < kDepth; ++i) objects += R"("shape":{)";
  check_header_refused(objects, R"(tensor "shape": "shape" is an object, expected an array)");
}

BOOST_AUTO_TEST_CASE(entries_that_break_the_format) {
  const std::string offsets = R"("data_offsets":[0,8])";
  check_entry_refused("{}", "lacks one of dtype, shape and data_offsets");
  check_entry_refused(R"({"dtype":"U8","shape":[8]})", "lacks one of");
  check_entry_refused(R"({"dtype":"U8","shape":[8],"stride":[1],)" + offsets + "}",
                      R"(tensor "x" has "stride", expected dtype, shape and data_offsets)");
  for (const char* dtype : {"BF16", "F16", "BOOL", "f32", "I8", "U64", ""}) {
    check_entry_refused(R"({"dtype":")" + std::string(dtype) + R"(","shape":[8],)" + offsets + "}",
                        R"(tensor "x" has the dtype ")" + std::string(dtype) + "\", expected F32");
  }
  check_entry_refused(R"({"dtype":7,"shape":[8],)" + offsets + "}",
                      R"(tensor "x": "dtype" is a number, expected a string)");
  check_entry_refused(R"({"dtype":["U8"],"shape":[8],)" + offsets + "}",
                      R"("dtype" is an array, expected a string)");
  for (const char* numbers : {"[]", "[8]"}) {
    check_entry_refused(R"({"dtype":"U8","shape":[8],"data_offsets":)" + std::string(numbers) + "}",
                        R"(tensor "x": data_offsets needs 2 numbers)");
  }
  check_entry_refused(R"({"dtype":"U8","shape":[8],"data_offsets":[0,8,8]})",
                      R"(tensor "x": data_offsets has more than 2 numbers)");
  check_entry_refused(R"({"dtype":"U8","shape":[8],"data_offsets":[-8,0]})",
                      R"("data_offsets" is a negative number)");
}

BOOST_AUTO_TEST_CASE(shapes_that_cannot_be) {
  check_shape_refused("8", R"("shape" is a number, expected an array)");
  check_shape_refused(R"("8")", R"("shape" is a string, expected an array)");
  check_shape_refused(R"(["8"])", R"("shape" is a string, expected integers)");
  check_shape_refused("[-8]", R"(tensor "x": "shape" is a negative number)");
  check_shape_refused("[8.0]", "is a number that is no integer");
  check_shape_refused("[8e0]", "is a number that is no integer");
  check_shape_refused("[true]", "is a truth value");
  check_shape_refused("[9223372036854775808]", "is a number above 2^63 - 1");
  check_shape_refused("[18446744073709551624]", "is a number that is no integer");
  check_shape_refused("[1,1,1,1,1,1,1,1,8]", R"(tensor "x": shape has more than 8 numbers)");
  // Each of these products is 8 or 0 modulo 2^64.
  for (const char* shape : {"[4294967296,4294967296]", "[8,2305843009213693953]",
                            "[0,4611686018427387904,4611686018427387904]"}) {
    check_shape_refused(shape, "has more elements than can be counted");
  }
  check_shape_refused("[7]", R"(tensor "x" of type uint8 and shape [7] needs 7 bytes)");
  check_shape_refused("[9]", "needs 9 bytes, its data_offsets are [0, 8)");
  check_shape_refused("[]", "needs 1 bytes");
}

BOOST_AUTO_TEST_CASE(elements_must_cover_the_rest_of_the_file_once) {
  const auto entry = [](const char* name, int begin, int end) {
    return '"' + std::string(name) + R"(":{"dtype":"U8","shape":[)" + std::to_string(end - begin) +
           R"(],"data_offsets":[)" + std::to_string(begin) + ',' + std::to_string(end) + "]}";
  };
  const auto two = [](const std::string& first, const std::string& second) {
    return '{' + first + ',' + second + '}';
  };
  check_header_refused(two(entry("a", 0, 4), entry("b", 3, 8)),
                       R"(tensor "b" at the bytes [3, 8) of the data overlaps)");
  check_header_refused(two(entry("b", 0, 8), entry("a", 0, 8)),
                       R"(tensor "b" at the bytes [0, 8))");
  check_header_refused(two(entry("b", 5, 8), entry("a", 0, 4)),
                       R"(tensor "b" at the bytes [5, 8) of the data leaves a gap)");
  check_header_refused('{' + entry("a", 1, 8) + '}', "leaves a gap");
  check_header_refused('{' + entry("a", 0, 7) + '}', "the file goes on for 1 bytes");
  check_header_refused('{' + entry("a", 0, 9) + '}', R"(the file ends, expected tensor "a")");
  check_header_refused("{}", "byte 10: the file goes on for 8 bytes");
  check_entry_refused(R"({"dtype":"U8","shape":[8],"data_offsets":[8,0]})", "needs 8 bytes");
  // The order of the entries in the header is free.
  const TemporaryFolder folder;
  const std::string header = two(entry("b", 3, 8), entry("a", 0, 3));
  const SafeTensors file = load_safetensors(folder.write("file", file_of(header, "01234567")));
  BOOST_TEST(bytes_of(*file.find("a")) == "012");
  BOOST_TEST(bytes_of(*file.find("b")) == "34567");
}

BOOST_AUTO_TEST_CASE(nothing_may_be_said_twice) {
  const std::string entry = R"({"dtype":"U8","shape":[8],"data_offsets":[0,8]})";
  check_header_refused(R"({"x":)" + entry + R"(,"x":)" + entry + "}",
                       R"(the header has "x" twice)");
  check_header_refused(R"({"__metadata__":{},"__metadata__":{},"x":)" + entry + "}",
                       R"(the header has "__metadata__" twice)");
  check_header_refused(R"({"__metadata__":{"k":"1","k":"2"},"x":)" + entry + "}",
                       R"(__metadata__ has "k" twice)");
  check_entry_refused(R"({"dtype":"F32","dtype":"U8","shape":[8],"data_offsets":[0,8]})",
                      R"(tensor "x" has "dtype" twice)");
}

BOOST_AUTO_TEST_CASE(metadata_is_text_alone) {
  check_header_refused(R"({"__metadata__":{"k":1}})",
                       R"(__metadata__: "k" is a number, expected a string)");
  check_header_refused(R"({"__metadata__":{"k":{}}})", R"("k" is an object, expected a string)");
  check_header_refused(R"({"__metadata__":{"k":[]}})", R"("k" is an array, expected a string)");
  check_header_refused(R"({"__metadata__":"k"})", "__metadata__ is a string, expected an object");
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

// Tests of the JSON header of safetensors files, mainly of what is refused.
#include "framework/io/safetensors_header.hpp"

#include "framework/base/error.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::io {

BOOST_AUTO_TEST_SUITE(safetensors_header)

namespace {

constexpr std::uint64_t kElements = 8;

// Checks that a header before 8 bytes of elements is refused with a message that names the file.
void check_header_refused(const std::string& header, const std::string& expectation) {
  BOOST_CHECK_EXCEPTION(parse_safetensors_header("a/file", header, kElements), FileError,
                        [&](const FileError& error) {
                          const std::string message = error.what();
                          const bool fits = message.starts_with("a/file: ") &&
                                            message.find(expectation) != std::string::npos;
                          if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
                          return fits;
                        });
}
void check_entry_refused(const std::string& entry, const std::string& expectation) {
  check_header_refused(R"({"x":)" + entry + "}", expectation);
}
void check_shape_refused(const std::string& shape, const std::string& expectation) {
  check_entry_refused(R"({"dtype":"U8","shape":)" + shape + R"(,"data_offsets":[0,8]})",
                      expectation);
}

BOOST_AUTO_TEST_CASE(headers_that_are_no_such_json) {
  check_header_refused("   ", "byte 8: the header does not begin with {");
  check_header_refused("\v{}", "does not begin with {");
  check_header_refused(" \xEF\xBB\xBF{}", "does not begin with {");
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
  for (const char* dtype : {"F8_E4M3", "BOOL", "f32", "I8", "U64", ""}) {
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
  // The entries of the header may be in any order.
  const SafeTensorsHeader header =
      parse_safetensors_header("file", two(entry("b", 3, 8), entry("a", 0, 3)), kElements);
  BOOST_TEST(header.entries[0].name == "a");
  BOOST_TEST(header.entries[1].begin == 3U);
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

BOOST_AUTO_TEST_CASE(what_is_written_is_padded_and_read_back) {
  SafeTensorsHeader header;
  BOOST_TEST(format_safetensors_header(header) == "{}      ");
  header.metadata["key"] = "v";
  header.entries.push_back({"x", DType::float32, {2}, 0, 8});
  const std::string text = format_safetensors_header(header);
  BOOST_TEST(text == R"({"__metadata__":{"key":"v"},)"
                     R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"
                     "       ");
  const SafeTensorsHeader read = parse_safetensors_header("file", text, kElements);
  BOOST_TEST(read.metadata.at("key") == "v");
  BOOST_TEST(read.entries.at(0).shape.to_string() == "[2]");
}

// Strings of the format's own library: safetensors/src/tensor.rs,
// test_whitespace_leading_padded_header and test_whitespace_padded_header.
BOOST_AUTO_TEST_CASE(white_space_may_stand_on_both_sides_of_a_header) {
  BOOST_TEST(parse_safetensors_header("file", "\t\n{}\r ", 0).entries.empty());
  BOOST_TEST(parse_safetensors_header("file", "{}\r \t\n", 0).entries.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::io

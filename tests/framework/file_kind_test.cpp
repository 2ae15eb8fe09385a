// Tests of recognising file formats.
#include "framework/io/file_kind.hpp"

#include "framework/base/error.hpp"
#include "framework/io/safetensors.hpp"
#include "tests/data/temporary_folder.hpp"

#include <cstring>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::io {

BOOST_AUTO_TEST_SUITE(file_kind)

namespace {

using test::TemporaryFolder;

std::string kind(const std::string& bytes) {
  return kind_of(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size())).name;
}

// The header of a zip archive's first file (PKWARE, section 4.3.7), stored.
std::string zip(const std::string& name) {
  std::string bytes("PK\3\4\0\0\x08\x08", 8);
  bytes += std::string(18, '\0');
  bytes += static_cast<char>(name.size());
  bytes += std::string(3, '\0');
  return bytes + name + "contents";
}

// A safetensors file's header size and header.
std::string header(std::uint64_t size, const std::string& text) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &size, 8);
  return bytes + text;
}

void check_refused(const std::string& bytes, const std::string& what) {
  const TemporaryFolder folder;
  const auto path = folder.write("model.pt", bytes);
  BOOST_CHECK_EXCEPTION(load_safetensors(path), FileError, [&](const FileError& error) {
    const bool fits = std::string(error.what()).starts_with(path.string() + ": " + what);
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << error.what());
    return fits;
  });
}

BOOST_AUTO_TEST_CASE(kinds_are_told_by_their_signatures) {
  BOOST_TEST(kind("\x89PNG\r\n\x1A\n") == "a PNG picture");
  BOOST_TEST(kind("\xFF\xD8\xFF\xE0") == "a JPEG picture");
  BOOST_TEST(kind(std::string("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", 18)) == "a BMP picture");
  BOOST_TEST(kind("BMW is a car maker") == "a text that begins with \"BMW is a car maker\"");
  BOOST_TEST(kind(std::string("\0\0\x08\3\0\0", 6)) == "an idx file");
  BOOST_TEST(kind(zip("archive/data.pkl")) == "a PyTorch zip (torch.save)");
  BOOST_TEST(kind(zip("arr_0.npy")) == "a NumPy archive (npz)");
  BOOST_TEST(kind(zip("word/document.xml")) == "a zip archive that begins with word/document.xml");
  BOOST_TEST(kind("PK\5\6") == "a zip archive");
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  BOOST_TEST(kind(tar) == "a tar archive");
  BOOST_TEST(kind("\xEF\xBB\xBF<!DOCTYPE HTML>") == "an HTML page");
  BOOST_TEST(kind("{\"weight_map\": {}}") == "a JSON text");
  BOOST_TEST(kind(std::string(4, '\0') + "ftypisom") == "a video (MP4 or QuickTime)");
  BOOST_TEST(kind("404: Not Found") == "a text that begins with \"404: Not Found\"");
  // The first and the last printable characters.
  BOOST_TEST(kind("a ~ b") == "a text that begins with \"a ~ b\"");
  BOOST_TEST(kind("a \x7F b") == "");
  BOOST_TEST(kind("") == "");
  BOOST_TEST(kind("\x1B[31mred") == "");
}

BOOST_AUTO_TEST_CASE(a_safetensors_file_is_one_whatever_its_header_size_looks_like) {
  // The bytes of these header sizes begin like a pickle, a gzip file, an ONNX model and a zip
  // archive.
  for (const std::uint64_t size : {0x0280ULL, 0x8B1FULL, 0x3A0708ULL, 0x04034B50ULL}) {
    BOOST_TEST(kind(header(size, "{\"a\":")) == "a safetensors file");
    check_refused(header(size, "{\"a\":"), "byte 13: the file ends in its header");
    BOOST_TEST(kind(header(size, " \t\r\n{\"a\":")) == "a safetensors file");
    BOOST_TEST(kind(header(size, std::string(4096, ' '))) == "a safetensors file");
    BOOST_TEST(kind(header(size, " x")) != "a safetensors file");
  }
}

BOOST_AUTO_TEST_CASE(other_models_are_refused_by_name) {
  const std::string advice =
      ", expected a safetensors file: save the model's tensors as safetensors, in Python by "
      "safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")";
  check_refused(zip("lenet5/data.pkl"), "is a PyTorch zip (torch.save)" + advice);
  check_refused(zip("lenet5/.format_version"), "is a PyTorch zip (torch.save)" + advice);
  check_refused(std::string("\x80\2\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.", 15),
                "is a PyTorch file from before version 1.6 (torch.save)" + advice);
  check_refused(std::string("\x80\4\x95\x0B\0\0\0\0\0\0\0", 11), "is a Python pickle" + advice);
  check_refused("\x89HDF\r\n\x1A\n........", "is an HDF5 file" + advice);
  check_refused(zip("fc1.weight.npy"), "is a NumPy archive (npz)" + advice);
  check_refused("\x93NUMPY\1.....", "is a NumPy array (npy)" + advice);
  check_refused("\x08\x07\x12\x07pytorch\x1A", "is an ONNX model" + advice);
  check_refused("GGUF\3.......", "is a GGUF model" + advice);
}

BOOST_AUTO_TEST_CASE(what_is_no_model_is_refused_by_name) {
  const std::string expected = ", expected a safetensors file";
  check_refused("\x1F\x8B\x08.......", "is a gzip file" + expected + ": unpack it first");
  check_refused("<html><head>404", "is an HTML page" + expected);
  check_refused("version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS");
  check_refused("{\"metadata\": {}}", "is a JSON text" + expected);
  check_refused("\x89PNG\r\n\x1A\n....", "is a PNG picture" + expected);
  check_refused("Not Found", "is a text that begins with \"Not Found\"" + expected);
  check_refused("", "byte 0: the file ends: it is empty" + expected);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::io

// Tests of files that claim more than they have: no reader asks for memory that the file does not
// fill, and none leaves its folder.
#include "data/byte_reader.hpp"
#include "data/csv.hpp"
#include "data/idx.hpp"
#include "data/image_file.hpp"
#include "data/npy.hpp"
#include "data/npz.hpp"
#include "data/tar.hpp"
#include "framework/base/error.hpp"
#include "framework/io/safetensors.hpp"
#include "tests/data/packing.hpp"
#include "tests/data/pictures.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/support.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(strangers)

namespace {

namespace fs = std::filesystem;

// The address space that the process has taken, in bytes.
rlim_t address_space() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * 4096;
}

// While an object is alive, the process gets 256 MiB more and no further.
class MemoryLimit {
 public:
  MemoryLimit() {
    getrlimit(RLIMIT_AS, &previous_);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // Sanitizers reserve more than any machine has.
    const rlimit limit{address_space() + (rlim_t{1} << 28), previous_.rlim_max};
    setrlimit(RLIMIT_AS, &limit);
#endif
  }
  ~MemoryLimit() { setrlimit(RLIMIT_AS, &previous_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit previous_{};
};

std::string little_endian_64(std::uint64_t number) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(number >> shift & 255U);
  return bytes;
}

std::string safetensors(const std::string& header) {
  return little_endian_64(header.size()) + header + std::string(64, '\0');
}

std::string npy(const std::string& type, const std::string& shape) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(117, ' ');
  header += '\n';
  return std::string("\x93NUMPY\1\0\x76\0", 10) + header + std::string(64, '\0');
}

// A picture's header with this width and height, and pixels for one.
std::string png_of(std::uint32_t side) {
  std::string file = png_file({.width = 1, .height = 1, .colour = PngColour::grey, .samples = "a"});
  return file.replace(
      8, 25,
      png_chunk("IHDR", big_endian(side) + big_endian(side) + std::string("\x08\0\0\0\0", 5)));
}

std::string bmp_of(std::uint32_t side) {
  std::string file = bmp_file(1, 1, "abc");
  return file.replace(18, 8, little_endian(side, 4) + little_endian(side, 4));
}

// A ZIP archive with one stored entry whose directory claims this many bytes, in a wide field.
std::string zip_claiming(std::uint64_t bytes) {
  const std::string name = "a.npy";
  const std::string wide =
      std::string("\1\0\x10\0", 4) + little_endian_64(bytes) + little_endian_64(bytes);
  const std::string local =
      "PK\3\4" + std::string(22, '\0') + little_endian(5, 2) + little_endian(0, 2) + name;
  std::string entry = "PK\1\2" + std::string(16, '\0') + "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" +
                      little_endian(5, 2) + little_endian(20, 2) + std::string(14, '\0') + name +
                      wide;
  return local + entry + "PK\5\6" + std::string(4, '\0') + little_endian(1, 2) +
         little_endian(1, 2) + little_endian(static_cast<std::uint32_t>(entry.size()), 4) +
         little_endian(static_cast<std::uint32_t>(local.size()), 4) + std::string(2, '\0');
}

using Read = std::function<void(const fs::path& file)>;

void read_first_entry(const fs::path& file) {
  data::ByteReader reader(file, "an archive");
  data::TarReader tar(reader);
  tar.next();
  tar.next();
}

void check_refused(const std::string& name, const std::string& bytes, const Read& read) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("file", bytes);
  BOOST_TEST_CONTEXT(name) {
    const MemoryLimit limit;
    BOOST_CHECK_EXCEPTION(read(file), FileError, says(file.string() + ": "));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(headers_that_claim_more_than_there_is_cost_no_memory) {
  const std::string huge = "9223372036854775807";  // 2^63 - 1
  const Read tensors = [](const fs::path& file) { io::load_safetensors(file); };
  const Read array = [](const fs::path& file) { data::read_npy(file); };
  const Read idx = [](const fs::path& file) { data::read_idx(file); };
  const Read picture = [](const fs::path& file) { data::read_image(file, 8, 8, 1); };
  check_refused("safetensors, header", little_endian_64(std::uint64_t{1} << 63) + "{}", tensors);
  for (const std::string& shape : {"[" + huge + "]", "[" + huge + "," + huge + "]"}) {
    check_refused("safetensors, " + shape,
                  safetensors(R"({"x":{"dtype":"U8","shape":)" + shape + R"(,"data_offsets":[0,)" +
                              huge + "]}}"),
                  tensors);
  }
  for (const std::string& shape : std::vector<std::string>{
           "(" + huge + ",)", "(9223372036854775808,)", "(" + huge + ", 2)", "(1099511627776,)"}) {
    check_refused("NPY " + shape, npy("|u1", shape), array);
    check_refused("NPY " + shape, npy("<f8", shape), array);
    check_refused("NPY in gzip " + shape, gzip(npy("<f8", shape)), array);
  }
  const std::string most(12, '\xFF');
  check_refused("idx", std::string("\0\0\x08\x03", 4) + most, idx);
  check_refused("idx in gzip", gzip(std::string("\0\0\x08\x03", 4) + most), idx);
  for (const std::uint32_t side : {65535U, 0x7FFFFFFFU}) {
    check_refused("PNG", png_of(side), picture);
    check_refused("BMP", bmp_of(side), picture);
  }
  check_refused("NPZ", zip_claiming(std::uint64_t{1} << 63),
                [](const fs::path& file) { data::read_npz(file); });
  check_refused(
      "tar",
      tar_header({"x", "\x80" + std::string(3, '\0') + "\x7F" + std::string(7, '\xFF'), 'x'}),
      read_first_entry);
}

// A thousand bytes for each packed one, which is what DEFLATE can do.
BOOST_AUTO_TEST_CASE(what_unpacks_to_much_is_refused_or_read_in_pieces) {
  const std::string bomb = gzip(std::string(std::size_t{1} << 25, ' '));
  BOOST_TEST(bomb.size() < std::size_t{200'000});
  check_refused("CSV", bomb, [](const fs::path& file) { data::read_csv(file); });
  check_refused("CSV of some lines", gzip(std::string(std::size_t{1} << 22, '\n')),
                [](const fs::path& file) { data::read_csv(file, {.most_bytes = 1 << 20}); });
  check_refused("tar",
                gzip(tar_header({"x", octal(std::uint64_t{1} << 24), 'x'}) +
                     std::string(std::size_t{1} << 24, '\0')),
                read_first_entry);
  check_refused(
      "idx", gzip(std::string("\0\0\x08\x01\0\0\0\4", 8) + std::string(std::size_t{1} << 24, '\0')),
      [](const fs::path& file) { data::read_idx(file); });
}

BOOST_AUTO_TEST_CASE(entries_of_archives_are_no_paths) {
  const TemporaryFolder folder;
  const std::string bytes = tar_entry("../../outside", "1") + tar_entry("/tmp/absolute", "2") +
                            tar_entry("link", "", '2') + tar_entry("a/../../up", "3") + tar_end();
  const fs::path file = folder.write("inner/archive.tar", bytes);
  data::ByteReader reader(file, "an archive");
  data::TarReader tar(reader);
  int entries = 0;
  while (const auto entry = tar.next()) {
    BOOST_TEST(std::string(entry->name).find('/') == std::string::npos);
    BOOST_TEST(entry->name != "..");
    ++entries;
  }
  BOOST_TEST(entries == 4);
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (!entry.is_directory()) found.push_back(entry.path());
  }
  BOOST_TEST((found == std::vector{file}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Tests of reading tar archives.
#include "data/tar.hpp"

#include "framework/base/error.hpp"
#include "tests/data/packing.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_tar)

namespace {

using test::gzip;
using test::octal;
using test::tar_end;
using test::tar_entry;
using test::tar_header;
using test::TemporaryFolder;

struct Found {
  std::string name;
  std::string contents;
  bool regular;
};

std::vector<Found> read_all(const std::filesystem::path& path) {
  ByteReader reader(path, "an archive");
  TarReader archive(reader);
  std::vector<Found> found;
  while (const auto entry = archive.next()) {
    std::string contents(entry->size, '\0');
    archive.read(contents.data(), contents.size());
    found.push_back({entry->name, contents, entry->regular});
  }
  return found;
}

std::vector<Found> read_all(const std::string& bytes) {
  const TemporaryFolder folder;
  return read_all(folder.write("archive", bytes));
}

void check_error(const std::string& bytes, std::uint64_t offset, const std::string& what) {
  const TemporaryFolder folder;
  const auto path = folder.write("archive.tar.gz", bytes);
  BOOST_CHECK_EXCEPTION(read_all(path), FileError, [&](const FileError& error) {
    const std::string message = error.what();
    const bool fits =
        message.starts_with(path.string() + ": byte " + std::to_string(offset) + ": ") &&
        message.find(what) != std::string::npos;
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
    return fits;
  });
}

std::string record(const std::string& text) {
  // The length includes its own digits.
  const std::size_t length = text.size() + 4;
  return std::to_string(length) + " " + text + "\n";
}

BOOST_AUTO_TEST_CASE(entries_come_with_the_last_component_of_their_names) {
  const std::string block(512, 'b');
  const std::string archive = tar_entry("dir/", "", '5') + tar_entry("dir/one", "first") +
                              tar_entry("./dir/two", block) +
                              tar_entry("three", "", '0', "a/long/way") +
                              tar_entry("link", "", '2') + tar_entry("old", "x", '\0') + tar_end();
  for (const auto& found : {read_all(archive), read_all(gzip(archive)),
                            read_all(archive.substr(0, archive.size() - 1024))}) {
    BOOST_REQUIRE(found.size() == 6U);
    BOOST_TEST(found[0].name == "dir");
    BOOST_TEST(!found[0].regular);
    BOOST_TEST(found[1].name == "one");
    BOOST_TEST(found[1].contents == "first");
    BOOST_TEST(found[1].regular);
    BOOST_TEST(found[2].name == "two");
    BOOST_TEST(found[2].contents == block);
    BOOST_TEST(found[3].name == "three");
    BOOST_TEST(!found[4].regular);
    BOOST_TEST(found[5].regular);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_read_is_passed_over) {
  const TemporaryFolder folder;
  ByteReader reader(folder.write("archive", tar_entry("a", std::string(1300, 'a')) +
                                                tar_entry("b", "bbb") + tar_end()),
                    "an archive");
  TarReader archive(reader);
  BOOST_REQUIRE(archive.next()->name == "a");
  char byte = ' ';
  archive.read(&byte, 1);
  BOOST_REQUIRE(archive.next()->name == "b");
  char bytes[4];
  BOOST_CHECK_THROW(archive.read(bytes, 4), Error);
  archive.read(bytes, 3);
  BOOST_TEST(bytes[2] == 'b');
  BOOST_TEST(!archive.next().has_value());
}

BOOST_AUTO_TEST_CASE(extended_headers) {
  const std::string name(150, 'n');
  const std::string path_record =
      std::to_string(4 + 5 + 4 + name.size() + 1) + " path=dir/" + name + "\n";
  BOOST_REQUIRE(path_record.size() == 4 + 5 + 4 + name.size() + 1);
  const std::string global = record("comment=this is of no interest");
  std::string sized = tar_header({"short", "0", '0'}) + "12345";
  sized.resize(1024);
  const std::string archive =
      tar_entry("pax_global_header", global, 'g') + tar_entry("PaxHeaders/1", path_record, 'x') +
      tar_entry("dir/cut", "first") + tar_entry("././@LongLink", "links/" + name + '\0', 'K') +
      tar_entry("././@LongLink", "dir/" + name + '\0', 'L') + tar_entry("dir/cut", "second") +
      tar_entry("PaxHeaders/2", "10 size=5\n", 'x') + sized + tar_entry("plain", "last") +
      tar_end();
  const auto found = read_all(archive);
  BOOST_REQUIRE(found.size() == 4U);
  BOOST_TEST(found[0].name == name);
  BOOST_TEST(found[0].contents == "first");
  BOOST_TEST(found[1].name == name);
  BOOST_TEST(found[1].contents == "second");
  BOOST_TEST(found[2].name == "short");
  BOOST_TEST(found[2].contents == "12345");
  BOOST_TEST(found[3].name == "plain");
  BOOST_TEST(found[3].contents == "last");
}

BOOST_AUTO_TEST_CASE(sizes_in_other_forms) {
  std::string binary(12, '\0');
  binary[0] = '\x80';
  binary[11] = 5;
  for (const std::string& size : {std::string("5"), std::string("    5 "), binary}) {
    std::string archive = tar_header({"a", size}) + "12345";
    archive.resize(1024);
    BOOST_TEST(read_all(archive + tar_end()).at(0).contents == "12345");
  }
}

BOOST_AUTO_TEST_CASE(damaged_archives) {
  const std::string entry = tar_entry("a", std::string(600, 'a'));
  check_error("", 0, "ends in a header");
  check_error("this is no archive", 18, "ends in a header");
  check_error(std::string(512, 'x'), 0, "no tar header");
  check_error(gzip(std::string(1024, 'x')), 0, "no tar header");
  std::string flipped = entry;
  flipped[0] = 'b';
  check_error(flipped, 0, "no tar header");
  check_error(entry + entry.substr(0, 100), 1636, "ends in a header");
  check_error(entry.substr(0, 1000), 1000, "ends in a, expected 112 more bytes");
  check_error(gzip(entry.substr(0, 1112)), 1112, "ends in a, expected 424 more bytes");
  check_error(tar_header({"a", "12x"}) + "data", 124, "size is no number");
  std::string absurd(12, '\xFF');
  check_error(tar_header({"a", absurd}), 124, "size is no number");
  absurd = std::string(4, '\0') + std::string(8, '\xFF');
  absurd[0] = '\x80';
  check_error(tar_header({"a", absurd}), 0, "expected less than 2^62");
  check_error(tar_entry("x", "8 size=5\n", 'x') + entry, 512, "damaged extended header");
  check_error(tar_entry("x", "no record", 'x') + entry, 512, "damaged extended header");
  check_error(tar_entry("x", "10 size=x\n", 'x') + entry, 512, "damaged extended header");
  check_error(tar_header({"x", octal(std::uint64_t{1} << 32), 'x'}), 512, "expected at most");
  check_error(tar_header({"x", octal(5000), 'L'}) + "abc", 515, "ends in an extended header");
}

BOOST_AUTO_TEST_CASE(a_wrong_gzip_checksum_is_seen_at_the_end) {
  std::string packed = gzip(tar_entry("a", "contents") + tar_end() + std::string(9000, '\0'));
  packed[packed.size() - 8] = static_cast<char>(packed[packed.size() - 8] ^ 1);
  const TemporaryFolder folder;
  BOOST_CHECK_THROW(read_all(folder.write("archive", packed)), FileError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data

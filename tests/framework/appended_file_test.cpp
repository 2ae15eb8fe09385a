// Tests of files that grow by whole records.
#include "framework/io/appended_file.hpp"

#include "framework/base/error.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/file_size_limit.hpp"
#include "tests/framework/support.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::io {

BOOST_AUTO_TEST_SUITE(appended_file)

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(records_follow_each_other_and_an_old_file_is_replaced) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "log";
  std::ofstream(path) << "what was there";
  AppendedFile file(path);
  BOOST_TEST(text_of(path) == "what was there");
  file.append("one\n");
  BOOST_TEST(text_of(path) == "one\n");
  file.append("two\n");
  BOOST_TEST(text_of(path) == "one\ntwo\n");
  BOOST_TEST(file.size() == 8);
}

BOOST_AUTO_TEST_CASE(a_file_is_continued_where_it_was_saved) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "log";
  std::ofstream(path) << "one\ntwo\nthree";
  AppendedFile file(path);
  file.continue_at(4);
  file.append("2\n");
  BOOST_TEST(text_of(path) == "one\n2\n");
  BOOST_CHECK_EXCEPTION(file.continue_at(4), Error, says("is being appended to"));
  AppendedFile longer(path);
  BOOST_CHECK_EXCEPTION(longer.continue_at(7), FileError,
                        says("cannot be continued after byte 7: it has 6 bytes"));
  BOOST_CHECK_THROW(longer.continue_at(-1), FileError);
  AppendedFile missing(folder.path() / "other");
  BOOST_CHECK_EXCEPTION(missing.continue_at(1), FileError, says("cannot be continued: No such"));
  missing.continue_at(0);
  missing.append("new\n");
  BOOST_TEST(text_of(missing.path()) == "new\n");
}

BOOST_AUTO_TEST_CASE(a_record_that_does_not_fit_leaves_no_part_of_itself) {
  const test::TemporaryFolder folder;
  AppendedFile file(folder.path() / "log");
  file.append("12345678\n");
  {
    const test::FileSizeLimit limit(12);
    BOOST_CHECK_EXCEPTION(file.append("abcdefgh\n"), FileError, says("cannot be written: "));
    BOOST_TEST(text_of(file.path()) == "12345678\n");
    BOOST_TEST(file.size() == 9);
  }
  file.append("abcdefgh\n");
  BOOST_TEST(text_of(file.path()) == "12345678\nabcdefgh\n");
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_missing_is_an_error) {
  const test::TemporaryFolder folder;
  AppendedFile file(folder.path() / "none" / "log");
  BOOST_CHECK_EXCEPTION(file.append("1\n"), FileError, says("cannot be opened for writing"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::io

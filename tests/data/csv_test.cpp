// Tests of reading tables of numbers: what is read, and the messages about what is not.
#include "data/csv.hpp"

#include "framework/base/error.hpp"
#include "tests/data/packing.hpp"
#include "tests/data/temporary_folder.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(csv)

namespace {

const auto per_element = boost::test_tools::per_element();

Table table_of(const std::string& text, const CsvOptions& options = {}) {
  const test::TemporaryFolder folder;
  folder.write("table.csv", text);
  return read_csv(folder.path() / "table.csv", options);
}

void check(const std::string& text, const Shape& shape, const std::vector<double>& values,
           const std::vector<std::string>& names = {}) {
  const Table table = table_of(text);
  BOOST_TEST_INFO(text);
  BOOST_TEST((table.values.shape() == shape));
  BOOST_TEST(table.values.to_vector<double>() == values, per_element);
  BOOST_TEST(table.names == names, per_element);
}

const std::string expected = ", expected a finite number in decimal notation";

// Reading table.csv with this text fails with this message.
void check_error(const std::string& text, const std::string& message,
                 const CsvOptions& options = {}) {
  const test::TemporaryFolder folder;
  folder.write("table.csv", text);
  const std::string path = (folder.path() / "table.csv").string();
  BOOST_CHECK_EXCEPTION(read_csv(path, options), FileError, [&](const FileError& error) {
    // Behind it stands what kind of file it is.
    const std::string said = error.what();
    BOOST_TEST((said == path + ": " + message || said.starts_with(path + ": " + message + "; ")),
               said);
    return true;
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(fields_are_separated_by_commas_or_blanks) {
  check("1,2,3\n4,5,6\n", {2, 3}, {1, 2, 3, 4, 5, 6});
  check("1 2\t3\n  4   5 6  \n", {2, 3}, {1, 2, 3, 4, 5, 6});
  check(" 1 , 2 \n3,4", {2, 2}, {1, 2, 3, 4});
  check("7", {1, 1}, {7});
}

BOOST_AUTO_TEST_CASE(numbers_are_read_to_the_last_digit) {
  check("-1.5e-3,+2,.5,0.1,1e300,010\n", {1, 6}, {-0.0015, 2, 0.5, 0.1, 1e300, 10});
}

BOOST_AUTO_TEST_CASE(a_first_line_without_numbers_is_a_header) {
  check("width,height\n1,2\n", {1, 2}, {1, 2}, {"width", "height"});
  check("width height\n1 2\n", {1, 2}, {1, 2}, {"width", "height"});
  check("\"width, in m\",\"the \"\"height\"\"\"\n\"1\",2\n", {1, 2}, {1, 2},
        {"width, in m", "the \"height\""});
  check("\"long name\" other\n1 2\n", {1, 2}, {1, 2}, {"long name", "other"});
}

BOOST_AUTO_TEST_CASE(lines_may_end_and_begin_in_other_ways) {
  check("1,2\r\n3,4\r\n\r\n", {2, 2}, {1, 2, 3, 4});
  check("\xEF\xBB\xBFx,y\n1,2\n", {1, 2}, {1, 2}, {"x", "y"});
  check("# of 2024\n\n1 2\n   \n# more\n3 4\n\n", {2, 2}, {1, 2, 3, 4});
}

BOOST_AUTO_TEST_CASE(tables_are_longer_than_a_buffer_and_may_be_packed) {
  std::string text;
  std::vector<double> values;
  for (int i = 0; i < 30'000; ++i) {
    text += std::to_string(i) + "," + std::to_string(2 * i) + "\n";
    values.push_back(i);
    values.push_back(2 * i);
  }
  BOOST_TEST((table_of(text).values.to_vector<double>() == values));
  BOOST_TEST((table_of(test::gzip(text)).values.to_vector<double>() == values));
}

BOOST_AUTO_TEST_CASE(messages_name_line_and_column) {
  check_error("x,y\n1,2\n3,four\n", "line 3: column 2 (y): \"four\"" + expected);
  check_error("1,2\n\n3,\n", "line 3: column 2: missing value \"\"" + expected);
  check_error("1,2\n3,NA\n", "line 2: column 2: missing value \"NA\"" + expected);
  check_error("1 nan\n", "line 1: column 2: missing value \"nan\"" + expected);
  check_error("1 2\n3 1e999\n", "line 2: column 2: \"1e999\"" + expected);
  check_error("1 2\n3 +-4\n", "line 2: column 2: \"+-4\"" + expected);
  check_error("1,x,3\n", "line 1: column 2: \"x\"" + expected);
  check_error("1,2\n3;4,5\n", "line 2: column 1: \"3;4\"" + expected);
  check_error("1,2\n" + std::string(50, 'a') + ",5\n",
              "line 2: column 1: \"" + std::string(40, 'a') + "...\"" + expected);
  check_error("# a\nx,y\n1,2\n3,4,5\n", "line 4: 3 fields, expected 2 as in line 2");
  check_error("1,2\n3\n", "line 2: 1 field, expected 2 as in line 1");
  check_error("x,\"y\n1,2\n", "line 1: a quote opens and does not close");
  check_error("\"1\"2,3\n", "line 1: text behind a quote, expected a comma");
}

BOOST_AUTO_TEST_CASE(one_column_may_have_texts) {
  const test::TemporaryFolder folder;
  const auto read = [&](const std::string& text) {
    return read_csv(folder.write("table.csv", text), {.text_column = 1});
  };
  const Table table = read("x,kind,y\n# none\n1,\"red, or so\",2\n3, blue ,4\n5,7,6\n");
  BOOST_TEST((table.values.shape() == Shape{3, 2}));
  BOOST_TEST(table.values.to_vector<double>() == (std::vector<double>{1, 2, 3, 4, 5, 6}),
             per_element);
  BOOST_TEST(table.names == (std::vector<std::string>{"x", "y"}), per_element);
  BOOST_TEST(table.texts == (std::vector<std::string>{"red, or so", "blue", "7"}), per_element);
  BOOST_TEST(table.lines == (std::vector<std::int64_t>{3, 4, 5}), per_element);
  BOOST_TEST((read("1,red\n2,blue\n").values.shape() == Shape{2, 1}));
  const CsvOptions second{.text_column = 1};
  for (const std::string missing : {"", "NA", "NaN", "n/a", "NULL", "?"}) {
    check_error("x,kind\n1,red\n2," + missing + "\n",
                "line 3: column 2 (kind): missing value \"" + missing + "\", expected a text",
                second);
  }
  check_error("x,kind\nred,1\n", "line 2: column 1 (x): \"red\"" + expected, second);
  check_error("1\n2\n", "line 1: 1 field, expected 2", second);
}

BOOST_AUTO_TEST_CASE(columns_are_found_by_their_names) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("table.csv", "# of 2024\n\nsize,rooms,price,size\n1,2,3,4\n");
  const auto fails = [&](const CsvColumns& columns, const std::string& name,
                         const std::string& message) {
    BOOST_CHECK_EXCEPTION(column_named(path, columns, name), FileError, [&](const Error& error) {
      BOOST_TEST(error.what() == path.string() + ": " + message);
      return true;
    });
  };
  const CsvColumns columns = read_csv_columns(path);
  BOOST_TEST(columns.count == 4U);
  BOOST_TEST(column_named(path, columns, "price") == 2U);
  fails(columns, "pirce",
        "has no column \"pirce\"; the nearest name is \"price\"; its columns are size, rooms, "
        "price, size");
  fails(columns, "size", "has several columns \"size\"");
  folder.write("table.csv", "1,2,red\n");
  BOOST_TEST(column_named(path, read_csv_columns(path), "3") == 2U);
  fails(read_csv_columns(path), "price",
        "has no column \"price\"; it has no header, so that its columns are the numbers 1 to 3");
  folder.write("table.csv", "# nothing\n");
  BOOST_CHECK_THROW(read_csv_columns(path), FileError);
}

BOOST_AUTO_TEST_CASE(files_that_are_no_tables_are_refused) {
  check_error("", "has no rows of numbers");
  check_error("# nothing\n\n", "has no rows of numbers");
  check_error("x,y\n", "has no rows of numbers");
  check_error(std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16),
              "line 2: column 1 (\x89PNG): \"?\"" + expected + "; the file is a PNG picture");
  check_error("<!DOCTYPE html>\n<html>404</html>\n",
              "line 2: 1 field, expected 2 as in line 1; the file is an HTML page");
  check_error(std::string((std::size_t{1} << 24) + 1, '1'),
              "line 1: goes on after 16777216 bytes, expected a row");
  check_error("1,2\n3,4\n", "has more than 7 bytes, the most that a table may have",
              {.most_bytes = 7});
  BOOST_TEST((table_of("1,2\n3,4\n", {.most_bytes = 8}).values.shape() == Shape{2, 2}));
  BOOST_CHECK_THROW(read_csv("/nonexistent/table.csv"), FileError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::data

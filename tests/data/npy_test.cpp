// Tests of NPY files: what NumPy wrote is read, what is written is what NumPy writes, and damaged
// or unusable files are refused with the byte. tests/reference/generate_npy.py wrote the files.
#include "data/npy.hpp"

#include "framework/base/error.hpp"
#include "tests/data/packing.hpp"
#include "tests/data/temporary_folder.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(npy)

namespace {

using namespace std::string_literals;

std::filesystem::path numpy_file(const std::string& name) {
  return std::filesystem::path(CREDENCE_TEST_REFERENCE) / "numpy" / name;
}

// An NPY file of version 1.0 with this dictionary and these elements.
std::string file_of(const std::string& dictionary, const std::string& elements = "") {
  return "\x93NUMPY\1\0"s + static_cast<char>(dictionary.size() % 256) +
         static_cast<char>(dictionary.size() / 256) + dictionary + elements;
}

const std::string kTwoFloats = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\n";
const std::string kEight(8, '\0');
// Of the dictionary in a file of version 1.0.
constexpr std::size_t kDictionary = 10;

void check_error(const std::string& bytes, std::size_t offset, const std::string& message,
                 const NpyOptions& options = {}) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("a.npy", bytes).string();
  BOOST_CHECK_EXCEPTION(read_npy(path, options), FileError, [&](const FileError& error) {
    BOOST_TEST(std::string_view(error.what())
                   .starts_with(path + ": byte " + std::to_string(offset) + ": " + message),
               error.what());
    return true;
  });
}

// A dictionary is refused at the first place of `at` in it.
void check_dictionary(const std::string& dictionary, const std::string& at,
                      const std::string& message) {
  check_error(file_of(dictionary, kEight), kDictionary + dictionary.find(at),
              "the header " + message);
}

}  // namespace

BOOST_AUTO_TEST_CASE(all_versions_are_read) {
  const std::vector<float> values{0, 0.25, 0.5, 0.75, 1, 1.25};
  for (const char* version : {"1", "2", "3"}) {
    const Tensor tensor = read_npy(numpy_file("version"s + version + ".npy"));
    BOOST_TEST((tensor.shape() == Shape{2, 3}));
    BOOST_TEST((tensor.dtype() == DType::float32));
    BOOST_TEST(tensor.to_vector<float>() == values, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_is_written_is_what_numpy_writes) {
  const test::TemporaryFolder folder;
  const auto written = [&](const Tensor& tensor) {
    write_npy(folder.path() / "a.npy", tensor);
    return test::read_file(folder.path() / "a.npy");
  };
  const auto check = [&](const char* name, const Tensor& tensor) {
    BOOST_TEST((written(tensor) == test::read_file(numpy_file(name))), name);
  };
  check("version1.npy", Tensor::from<float>({2, 3}, {0, 0.25, 0.5, 0.75, 1, 1.25}));
  check("int64.npy", Tensor::from<std::int64_t>({3}, {-1, std::int64_t{1} << 40, 7}));
  check("uint8.npy", Tensor::from<std::uint8_t>({1, 1, 2}, {0, 255}));
  check("float64.npy", Tensor::from<double>({}, {1.0 / 3}));
  // NumPy aligns the elements of arrays of any rank to 64 bytes.
  const std::string deep = written(Tensor::zeros({1, 1, 1, 1, 1, 1, 1, 1}));
  BOOST_TEST(deep.size() == 128 + 4);
  BOOST_CHECK_THROW(write_npy("/nonexistent/a.npy", Tensor::zeros({1})), FileError);
}

BOOST_AUTO_TEST_CASE(an_array_may_be_packed) {
  const test::TemporaryFolder folder;
  folder.write("a.npy.gz", test::gzip(test::read_file(numpy_file("int64.npy"))));
  const std::vector<std::int64_t> values{-1, std::int64_t{1} << 40, 7};
  BOOST_TEST(read_npy(folder.path() / "a.npy.gz").to_vector<std::int64_t>() == values,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_that_are_cut_or_go_on_are_refused) {
  const std::string whole = file_of(kTwoFloats, kEight);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const test::TemporaryFolder folder;
    BOOST_CHECK_THROW(read_npy(folder.write("a.npy", whole.substr(0, size))), FileError);
  }
  check_error(whole.substr(0, whole.size() - 3), whole.size() - 3,
              "the file ends after 5 of the 8 bytes of elements of [2] ('<f4')");
  check_error(whole + "x", whole.size(), "the file goes on, expected its end after 8 bytes");
  check_error("P5 1 1", 0, "does not begin with \"\\x93NUMPY\", expected an NPY file");
  check_error("\x93NUMPY\4\0"s, 6, "version 4.0, expected 1.0, 2.0 or 3.0");
  check_error("\x93NUMPY\1\1"s, 6, "version 1.1, expected");
  check_error("\x93NUMPY\2\0\xff\xff\xff\xff"s, 8,
              "a header of 4294967295 bytes, expected at most");
  check_error(whole, kDictionary + kTwoFloats.size(),
              "elements of [2] ('<f4') are more than the 7 bytes that an array may have",
              {.most_bytes = 7});
  // No memory is asked for on a header's word.
  check_error(file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000,)}\n"), 75,
              "the file ends after 0 of the 32000000000 bytes");
  BOOST_CHECK_THROW(read_npy("/nonexistent/a.npy"), FileError);
}

BOOST_AUTO_TEST_CASE(dictionaries_are_read_strictly) {
  const test::TemporaryFolder folder;
  // Other orders, quotes and spaces are the same dictionary.
  folder.write("a.npy",
               file_of("{ \"shape\" :(2 , ) , 'fortran_order':True,'descr':\"<f4\"}  \n", kEight));
  BOOST_TEST((read_npy(folder.path() / "a.npy").shape() == Shape{2}));

  const std::string order = "'fortran_order': False, ";
  check_dictionary("{'descr': '<f4', " + order + "'shape': (2)}\n", ")", "has ')', expected ','");
  check_dictionary("{'descr': '<f4', " + order + "'shape': (-2,)}\n", "-", "has '-', expected a");
  check_dictionary("{'descr': '<f4', " + order + "'shape': (02,)}\n", "02", "has 02 in the shape");
  check_dictionary("{'descr': '<f4', " + order + "'shape': [2]}\n", "[", "has '[', expected '('");
  check_dictionary("{'descr': '<f4', " + order + "'shape': (9223372036854775807, 2)}\n", " (9",
                   "has the shape (9223372036854775807, 2), which has more elements");
  check_dictionary("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}\n", "0",
                   "has '0', expected True or False");
  check_dictionary("{'descr': __import__('os'), " + order + "'shape': (2,)}\n", "__",
                   "has '_', expected a string");
  check_dictionary("{'descr': 'a\\'b', " + order + "'shape': (2,)}\n", "'a",
                   "has a string that does not end, or one with a backslash");
  check_dictionary("{'descr': '<f4', " + order + "'shape': (2,)} x\n", "x", "goes on");
  const std::string open_ended = "{'descr': '<f4', " + order + "'shape': (2,)}";
  check_error(file_of(open_ended, kEight), kDictionary + open_ended.size(),
              "the header goes on, or lacks the line feed at its end");
  check_dictionary("{'descr': '<f4', " + order + "'shape': (2,), 'more': 1}\n", "'more",
                   "has 'more', expected descr, fortran_order and shape");
  check_dictionary("{'descr': '<f4', 'descr': '<f4', 'shape': (2,)}\n", "'descr': '<f4', 's",
                   "has 'descr' twice");
  check_dictionary("{'descr': '<f4', 'shape': (2,)}\n", "{", "lacks 'fortran_order'");
  check_dictionary("{'descr': [('a', '<f4')], " + order + "'shape': (2,)}\n", " [",
                   "says that the elements are records, expected plain numbers");
  for (const char* type : {"=f4", "|f4", "f4"}) {
    check_dictionary("{'descr': '"s + type + "', " + order + "'shape': (2,)}\n", " '"s + type,
                     "says that the elements are numbers of an unknown byte order");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::data

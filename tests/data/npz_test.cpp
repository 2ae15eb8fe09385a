// Tests of NPZ archives: every type that NumPy wrote, and damaged archives.
// tests/reference/generate_npy.py wrote the files.
#include "data/npz.hpp"

#include "framework/base/error.hpp"
#include "tests/data/temporary_folder.hpp"

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(npz)

namespace {

const auto per_element = boost::test_tools::per_element();

std::filesystem::path numpy_file(const std::string& name) {
  return std::filesystem::path(CREDENCE_TEST_REFERENCE) / "numpy" / name;
}

Tensor stored(const std::string& name) {
  return read_npz(numpy_file("stored.npz"), {name}).front().tensor;
}

template <class T>
void check(const std::string& name, const Shape& shape, const std::vector<T>& values) {
  BOOST_TEST_CONTEXT(name) {
    const Tensor tensor = stored(name);
    BOOST_TEST_REQUIRE((tensor.dtype() == dtype_of<T>));
    BOOST_TEST((tensor.shape() == shape));
    BOOST_TEST(tensor.to_vector<T>() == values, per_element);
  }
}

// Reading `path` fails with a message that begins so, behind the path.
void check_error(const std::filesystem::path& path, const std::vector<std::string>& names,
                 const std::string& message, const NpyOptions& options = {}) {
  BOOST_CHECK_EXCEPTION(read_npz(path, names, options), FileError, [&](const FileError& error) {
    BOOST_TEST(std::string_view(error.what()).starts_with(path.string() + ": " + message),
               error.what());
    return true;
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_type_of_number_is_read_exactly) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  check<std::uint8_t>("bool", {2, 2}, {1, 0, 0, 1});
  check<std::uint8_t>("uint8", {2, 2}, {0, 1, 128, 255});
  for (const std::string order : {"<", ">"}) {
    check<std::int64_t>(order + "i1", {4}, {-128, -1, 0, 127});
    check<std::int64_t>(order + "i2", {4}, {-32768, -1, 0, 32767});
    check<std::int64_t>(order + "i4", {4}, {-2147483648LL, -1, 0, 2147483647});
    check<std::int64_t>(order + "i8", {4}, {-kMost - 1, -1, 0, kMost});
    check<std::int64_t>(order + "u2", {2}, {0, 65535});
    check<std::int64_t>(order + "u4", {2}, {0, 4294967295LL});
    check<float>(order + "f2", {7},
                 {-0.0F, 0x1p-24F, 1023 * 0x1p-24F, 0x1p-14F, -65504, INFINITY, 0.333251953125F});
    check<float>(order + "f4", {3}, {1.0F / 3, -0x1p-149F, 3.4028235e38F});
    check<double>(order + "f8", {3}, {1.0 / 3, -0x1p-1074, 1.7976931348623157e308});
  }
  check<std::int64_t>("<u8", {2}, {0, kMost});
  BOOST_TEST(std::signbit(stored("<f2").data<float>()[0]));
  check<double>("number", {}, {0.375});
  check<float>("nothing", {0, 4}, {});
}

BOOST_AUTO_TEST_CASE(fortran_order_becomes_row_major_order) {
  std::vector<std::int64_t> whole;
  std::vector<double> real;
  for (int i = 0; i < 24; ++i) {
    whole.push_back(i);
    real.push_back(i);
  }
  check<std::int64_t>("fortran", {2, 3, 4}, whole);
  check<double>("fortran_big", {2, 3, 4}, real);
}

BOOST_AUTO_TEST_CASE(arrays_have_names_and_may_be_deflated) {
  const std::vector<NamedTensor> arrays = read_npz(numpy_file("deflated.npz"));
  BOOST_TEST_REQUIRE(arrays.size() == 2U);
  BOOST_TEST(arrays[0].name == "inputs");
  BOOST_TEST(arrays[1].name == "targets");
  BOOST_TEST((arrays[0].tensor.shape() == Shape{100, 3, 4}));
  for (std::int64_t i = 0; i < 1200; ++i) {
    if (arrays[0].tensor.data<float>()[i] != static_cast<float>(i % 24)) {
      BOOST_ERROR("element " << i);
      break;
    }
  }
  const std::vector<std::string> names{"inputs", "targets"};
  BOOST_TEST(npz_names(numpy_file("deflated.npz")) == names, per_element);
}

BOOST_AUTO_TEST_CASE(what_are_no_numbers_is_refused_by_its_name) {
  const std::filesystem::path path = numpy_file("refused.npz");
  const auto check_refused = [&](const std::string& name, const std::string& message) {
    check_error(path, {name}, name + ".npy: byte " + message);
  };
  const std::string says = "the header says that the elements are ";
  check_refused("objects", "19: " + says + "Python objects ('|O')");
  check_refused("complex", "19: " + says + "complex numbers ('<c16')");
  check_refused("texts", "19: " + says + "texts ('<U1')");
  check_refused("bytes", "19: " + says + "texts ('|S1')");
  check_refused("dates", "19: " + says + "dates ('<M8[D]')");
  check_refused("records", "19: " + says + "records");
  check_refused("long", "19: " + says + "floating-point numbers of another size ('<f16')");
  check_refused("above", "128: 9223372036854775808, which int64 does not have");
  check_refused("deep", "59: the header has a shape of rank 9, expected at most 8");
  check_error(path, {"missing"}, "has no array \"missing\"; it has objects, complex, texts");
}

BOOST_AUTO_TEST_CASE(damaged_archives_are_refused) {
  const test::TemporaryFolder folder;
  const std::string whole = test::read_file(numpy_file("deflated.npz"));
  const std::filesystem::path path = folder.path() / "a.npz";
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    folder.write("a.npz", whole.substr(0, size));
    BOOST_CHECK_THROW(read_npz(path), FileError);
  }
  // No byte of the packed arrays may change: each is behind 46 bytes of local header and name.
  for (std::size_t at = 60; at < 150; ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    folder.write("a.npz", changed);
    BOOST_CHECK_THROW(read_npz(path), FileError);
  }
  // The size in the directory is the limit of what is unpacked, and has to be the array's.
  const auto with_size = [&](std::uint8_t byte) {
    std::string changed = whole;
    const std::size_t entry = changed.find("PK\1\2");
    changed[entry + 25] = static_cast<char>(byte);
    return changed;
  };
  folder.write("a.npz", with_size(0x10));
  check_error(path, {}, "inputs.npy: byte ");
  folder.write("a.npz", with_size(0xFF));
  check_error(path, {}, "inputs.npy: byte ");
  check_error(numpy_file("deflated.npz"), {},
              "inputs.npy: byte 128: elements of [100, 3, 4] ('<f4') are more than the 4799 bytes",
              {.most_bytes = 4799});
  folder.write("a.npz", test::read_file(numpy_file("int64.npy")));
  check_error(path, {}, "is no ZIP archive, or is cut short; the file is a NumPy array (npy)");
  check_error("/nonexistent/a.npz", {}, "");
}

// As in Fifield's "A better zip bomb" (2019), where many entries have the same packed bytes.
BOOST_AUTO_TEST_CASE(entries_that_overlap_are_refused) {
  const test::TemporaryFolder folder;
  std::string archive = test::read_file(numpy_file("deflated.npz"));
  const std::size_t end = archive.find("PK\5\6");
  const std::size_t begin = archive.find("PK\1\2");
  const std::string directory = archive.substr(begin, end - begin);
  // Its two entries are more than half of the archive, a copy of their directory is less.
  constexpr int kCopies = 9;
  for (int i = 0; i < kCopies; ++i) archive.insert(end, directory);
  const std::size_t new_end = archive.find("PK\5\6");
  archive[new_end + 8] = archive[new_end + 10] = 2 * (1 + kCopies);
  const std::size_t bytes = directory.size() * (1 + kCopies);
  archive[new_end + 12] = static_cast<char>(bytes % 256);
  archive[new_end + 13] = static_cast<char>(bytes / 256);
  BOOST_CHECK_EXCEPTION(read_npz(folder.write("a.npz", archive)), FileError,
                        [](const FileError& error) {
                          const std::string_view message = error.what();
                          return message.find("packed bytes, in an archive of") != message.npos;
                        });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::data

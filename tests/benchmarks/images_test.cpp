#include "benchmarks/images.hpp"

#include "framework/core/error.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "tests/framework/support.hpp"

#include <filesystem>

#include <boost/test/unit_test.hpp>

namespace credence::benchmarks {
namespace {

// What stands in where no data set is found is tested on the program: credence_bench_test.cpp.
BOOST_AUTO_TEST_SUITE(benchmark_images)

BOOST_AUTO_TEST_CASE(the_files_of_a_folder_are_read) {
  const test::TemporaryFolder folder;
  test::write_small_mnist(folder, 30, 20);
  const Images images = find_images({.data_dir = folder.path()});
  BOOST_TEST(images.train.name == "mnist");
  BOOST_TEST(images.train.size() == 30);
  BOOST_TEST(images.test.size() == 20);
  BOOST_TEST(images.where == folder.path().string());
}

BOOST_AUTO_TEST_CASE(the_environment_says_where_files_are) {
  const test::TemporaryFolder folder;
  test::write_small_mnist(folder, 30, 20);
  const test::EnvironmentVariable data("CREDENCE_DATA", folder.path().c_str());
  const Images images = find_images({.dataset = "fashion-mnist"});
  BOOST_TEST(images.train.name == "fashion-mnist");
  BOOST_TEST(images.where == folder.path().string());
}

BOOST_AUTO_TEST_CASE(an_explicit_folder_without_files_is_an_error) {
  const test::TemporaryFolder folder;
  BOOST_CHECK_EXCEPTION(find_images({.data_dir = folder.path()}), FileError,
                        says(folder.path().string()));
}

BOOST_AUTO_TEST_CASE(half_of_a_data_set_is_an_error) {
  const test::TemporaryFolder folder;
  test::write_small_mnist(folder, 30, 20);
  std::filesystem::remove(folder.path() / "t10k-labels-idx1-ubyte");
  BOOST_CHECK_EXCEPTION(find_images({.data_dir = folder.path()}), FileError,
                        says("mnist test set"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::benchmarks

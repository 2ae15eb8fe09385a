#include "data/location.hpp"

#include "framework/core/error.hpp"
#include "tests/data/temporary_folder.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::data {
namespace {

using test::EnvironmentVariable;
using test::TemporaryFolder;

void write_split(const TemporaryFolder& folder, const std::string& place,
                 const std::string& prefix) {
  folder.write(place + "/" + prefix + "-images-idx3-ubyte.gz", "");
  folder.write(place + "/" + prefix + "-labels-idx1-ubyte", "");
}

BOOST_AUTO_TEST_SUITE(data_location)

BOOST_AUTO_TEST_CASE(cache_folder_follows_the_environment) {
  const EnvironmentVariable home("HOME", "/somewhere/home");
  {
    const EnvironmentVariable cache("XDG_CACHE_HOME", "/somewhere/cache");
    BOOST_TEST(cache_folder().string() == "/somewhere/cache/credence");
  }
  for (const char* value : {static_cast<const char*>(nullptr), "", "relative"}) {
    const EnvironmentVariable cache("XDG_CACHE_HOME", value);
    BOOST_TEST(cache_folder().string() == "/somewhere/home/.cache/credence");
  }
  const EnvironmentVariable no_cache("XDG_CACHE_HOME", nullptr);
  const EnvironmentVariable no_home("HOME", nullptr);
  BOOST_CHECK_THROW(cache_folder(), Error);
  const EnvironmentVariable no_data("CREDENCE_DATA", nullptr);
  BOOST_TEST(search_folders().empty());
}

BOOST_AUTO_TEST_CASE(explicit_folder_then_environment_then_cache) {
  const TemporaryFolder explicit_dir;
  const TemporaryFolder data;
  const TemporaryFolder cache;
  const EnvironmentVariable data_variable("CREDENCE_DATA", data.path().c_str());
  const EnvironmentVariable cache_variable("XDG_CACHE_HOME", cache.path().c_str());
  BOOST_TEST(!find("mnist").has_value());

  write_split(cache, "credence/mnist", "train");
  BOOST_TEST(find("mnist").value() == cache.path() / "credence");
  write_split(data, "mnist", "train");
  BOOST_TEST(find("mnist").value() == data.path());
  write_split(explicit_dir, "mnist", "train");
  BOOST_TEST(find("mnist", explicit_dir.path()).value() == explicit_dir.path());
  BOOST_TEST(!find("fashion-mnist").has_value());
}

BOOST_AUTO_TEST_CASE(a_missing_split_is_not_found) {
  const TemporaryFolder data;
  const EnvironmentVariable data_variable("CREDENCE_DATA", data.path().c_str());
  const EnvironmentVariable cache_variable("XDG_CACHE_HOME", data.path().c_str());
  write_split(data, "fashion-mnist", "t10k");
  BOOST_TEST(find("fashion-mnist").has_value());
  BOOST_TEST(find("fashion-mnist", std::nullopt, Split::test).has_value());
  BOOST_TEST(!find("fashion-mnist", std::nullopt, Split::train).has_value());
}

BOOST_AUTO_TEST_CASE(files_in_the_folder_itself_or_in_the_one_of_the_set) {
  const TemporaryFolder folder;
  write_split(folder, ".", "train");
  BOOST_TEST(find_idx_files(folder.path(), "mnist", Split::train).has_value());
  BOOST_TEST(!find_idx_files(folder.path(), "mnist", Split::test).has_value());
  write_split(folder, "mnist", "train");
  const auto files = find_idx_files(folder.path(), "mnist", Split::train);
  BOOST_REQUIRE(files.has_value());
  BOOST_TEST(files->images == folder.path() / "mnist" / "train-images-idx3-ubyte.gz");
  BOOST_TEST(files->labels == folder.path() / "mnist" / "train-labels-idx1-ubyte");
}

BOOST_AUTO_TEST_CASE(an_explicit_folder_without_the_files_is_an_error_that_says_so) {
  const TemporaryFolder folder;
  const TemporaryFolder data;
  write_split(data, "mnist", "train");
  const EnvironmentVariable data_variable("CREDENCE_DATA", data.path().c_str());
  BOOST_CHECK_EXCEPTION(find("mnist", folder.path()), FileError, [&](const FileError& error) {
    const std::string what = error.what();
    return what.find(folder.path().string()) != std::string::npos &&
           what.find("train-images-idx3-ubyte") != std::string::npos;
  });
  BOOST_CHECK_THROW(find("imagenet"), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data

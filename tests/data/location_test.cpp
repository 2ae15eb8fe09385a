// Tests of where data sets are searched for.
#include "data/location.hpp"

#include "framework/base/error.hpp"
#include "tests/data/temporary_folder.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_location)

namespace {

using test::EnvironmentVariable;
using test::TemporaryFolder;

void write_split(const TemporaryFolder& folder, const std::string& place,
                 const std::string& prefix) {
  folder.write(place + "/" + prefix + "-images-idx3-ubyte.gz", "");
  folder.write(place + "/" + prefix + "-labels-idx1-ubyte", "");
}

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

BOOST_AUTO_TEST_CASE(a_dead_link_is_named_rather_than_passed_over) {
  // The cache contains the data set too, but the link shows that other files are meant.
  const TemporaryFolder data;
  const TemporaryFolder cache;
  const EnvironmentVariable data_variable("CREDENCE_DATA", data.path().c_str());
  const EnvironmentVariable cache_variable("XDG_CACHE_HOME", cache.path().c_str());
  write_split(cache, "credence/mnist", "train");
  write_split(data, "mnist", "train");
  const auto check = [&](const std::filesystem::path& link, const std::string& target,
                         const char* name) {
    std::filesystem::remove(link);
    std::filesystem::create_symlink(target, link);
    BOOST_CHECK_EXCEPTION(find(name), FileError, [&](const FileError& error) {
      return error.what() ==
             link.string() + ": is a symbolic link to " + target + ", which is no file";
    });
    std::filesystem::remove(link);
  };
  check(data.path() / "mnist/train-labels-idx1-ubyte", "/nonexistent/labels", "mnist");
  check(data.path() / "mnist/train-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz", "mnist");
  check(data.path() / "cifar-10-binary.tar.gz", "nowhere", "cifar10");
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

BOOST_AUTO_TEST_CASE(cifar10_in_batches_or_in_an_archive) {
  const TemporaryFolder folder;
  BOOST_TEST(!find_cifar10_files(folder.path(), Split::test).has_value());
  folder.write("cifar-10/cifar-10-binary.tar.gz", "");
  for (const Split split : {Split::train, Split::test}) {
    const auto files = find_cifar10_files(folder.path(), split);
    BOOST_REQUIRE(files.has_value());
    BOOST_TEST(files->archive == folder.path() / "cifar-10" / "cifar-10-binary.tar.gz");
    BOOST_TEST(files->batches.empty());
  }
  // Batches have priority over an archive, but only if all are present.
  folder.write("cifar-10-batches-bin/test_batch.bin", "");
  for (int i = 1; i <= 4; ++i) {
    folder.write("cifar-10-batches-bin/data_batch_" + std::to_string(i) + ".bin", "");
  }
  const auto test = find_cifar10_files(folder.path(), Split::test);
  BOOST_TEST(test->batches.at(0) == folder.path() / "cifar-10-batches-bin" / "test_batch.bin");
  BOOST_TEST(find_cifar10_files(folder.path(), Split::train)->batches.empty());
  folder.write("cifar-10-batches-bin/data_batch_5.bin.gz", "");
  const auto train = find_cifar10_files(folder.path(), Split::train);
  BOOST_TEST(train->batches.size() == 5U);
  BOOST_TEST(train->batches.back().filename().string() == "data_batch_5.bin.gz");
  // The archive itself may be given, whatever its name.
  const auto renamed = folder.write("renamed", "");
  BOOST_TEST(find_cifar10_files(renamed, Split::train)->archive == renamed);
}

BOOST_AUTO_TEST_CASE(cifar10_is_found_as_mnist_is) {
  const TemporaryFolder data;
  const EnvironmentVariable data_variable("CREDENCE_DATA", data.path().c_str());
  const EnvironmentVariable cache_variable("XDG_CACHE_HOME", data.path().c_str());
  BOOST_TEST(!find("cifar10").has_value());
  data.write("cifar10/test_batch.bin", "");
  for (const char* name : {"cifar10", "cifar-10"}) {
    BOOST_TEST(canonical_name(name) == "cifar10");
    BOOST_TEST(find(name).value() == data.path());
    BOOST_TEST(find(name, std::nullopt, Split::test).has_value());
    BOOST_TEST(!find(name, std::nullopt, Split::train).has_value());
  }
}

BOOST_AUTO_TEST_CASE(missing_batches_are_named) {
  const TemporaryFolder folder;
  const auto error_of = [&] {
    try {
      find("cifar10", folder.path());
    } catch (const FileError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  BOOST_TEST(error_of().starts_with(folder.path().string() + ": no cifar10 train set"));
  BOOST_TEST(error_of().find("cifar-10-binary.tar") != std::string::npos);
  folder.write("cifar10/data_batch_1.bin", "");
  folder.write("cifar10/data_batch_3.bin", "");
  BOOST_TEST(error_of().starts_with((folder.path() / "cifar10/data_batch_2.bin").string() +
                                    ": is missing"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data

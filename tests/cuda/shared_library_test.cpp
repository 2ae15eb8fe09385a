// Libraries that are loaded when they are needed: where they are looked for, and what a user reads
// where one is missing. The C library's functions of mathematics stand for NVIDIA's.
#include "framework/cuda/libraries/shared_library.hpp"

#include "framework/base/error.hpp"
#include "tests/data/temporary_folder.hpp"

#include <cmath>
#include <string>

#include <boost/test/unit_test.hpp>
#include <dlfcn.h>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(shared_library)

namespace {

using cuda::SharedLibrary;

// The file that holds `lgamma`.
std::filesystem::path mathematics() {
  Dl_info info{};
  BOOST_TEST_REQUIRE(
      dladdr(reinterpret_cast<void*>(static_cast<double (*)(double)>(&lgamma)), &info) != 0);
  return std::filesystem::canonical(info.dli_fname);
}

std::string error_of(const std::string& file, const std::string& folder, const char* function) {
  try {
    void (*found)() = nullptr;
    SharedLibrary(file, folder, "cuDNN 9").find(function, found);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_library_of_the_system_is_found_by_its_name) {
  double (*cosine)(double) = nullptr;
  SharedLibrary("libm.so.6", "/nonexistent", "glibc").find("cos", cosine);
  BOOST_TEST_REQUIRE((cosine != nullptr));
  BOOST_TEST(cosine(0) == 1);
}

BOOST_AUTO_TEST_CASE(a_library_outside_the_loaders_folders_is_found_in_the_one_that_is_said) {
  const TemporaryFolder folder;
  create_symlink(mathematics(), folder.path() / "libcredence-test.so.1");
  double (*cosine)(double) = nullptr;
  SharedLibrary("libcredence-test.so.1", folder.path().string(), "it").find("cos", cosine);
  BOOST_TEST_REQUIRE((cosine != nullptr));
  BOOST_TEST(cosine(0) == 1);
}

BOOST_AUTO_TEST_CASE(an_absent_library_is_an_error_that_says_what_to_install) {
  BOOST_TEST(error_of("libcredence-absent.so.9", "/nonexistent", "f") ==
             "[cuda] libcredence-absent.so.9 cannot be loaded (libcredence-absent.so.9: cannot "
             "open shared object file: No such file or directory): install cuDNN 9, or name its "
             "folder in LD_LIBRARY_PATH");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_library_is_an_error_that_says_why) {
  const TemporaryFolder folder;
  const std::string file = folder.write("libcredence-test.so.2", "no library").string();
  const std::string error = error_of("libcredence-test.so.2", folder.path().string(), "f");
  BOOST_TEST(error.starts_with("[cuda] libcredence-test.so.2 cannot be loaded (" + file + ": "),
             error);
}

BOOST_AUTO_TEST_CASE(a_function_that_the_library_lacks_is_an_error_that_names_both) {
  BOOST_TEST(error_of("libm.so.6", "/nonexistent", "cudnnCreate") ==
             "[cuda] libm.so.6 has no function cudnnCreate");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

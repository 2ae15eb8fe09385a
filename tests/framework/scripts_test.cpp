// Tests of the repository's scripts: each can be started as the documentation names it.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(scripts)

namespace {

namespace fs = std::filesystem;

// Whether the file names the program that runs it.
bool is_script(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  char begin[2] = {};
  return stream.read(begin, 2) && begin[0] == '#' && begin[1] == '!';
}

// The scripts below a folder that their owner cannot start.
std::vector<std::string> not_executable(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || !is_script(entry.path())) continue;
    const bool starts = (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
    if (!starts) found.push_back(entry.path().string());
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_that_names_its_interpreter_is_executable) {
  const fs::path root(CREDENCE_SOURCE_ROOT);
  for (const char* const folder : {"benchmarks", "docs", "examples", "tests"}) {
    for (const std::string& script : not_executable(root / folder)) {
      BOOST_TEST(false, script << " cannot be started");
    }
  }
  BOOST_TEST(is_script(root / "test.sh"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence

// Tests that docs/reliability.md names tests that there are.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(reliability_page)

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = CREDENCE_SOURCE_ROOT;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

// A name is `suite/case`, and both are in one file. Other names with a slash are paths.
BOOST_AUTO_TEST_CASE(every_test_that_it_names_exists) {
  std::string tests;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    if (entry.path().extension() == ".cpp") tests += text_of(entry.path()) + '\f';
  }
  const std::string page = text_of(kRoot / "docs" / "reliability.md");
  const std::regex name("`([a-z0-9_]+)/([a-z0-9_]+)`");
  int found = 0;
  for (auto match = std::sregex_iterator(page.begin(), page.end(), name);
       match != std::sregex_iterator(); ++match) {
    if (fs::exists(kRoot / (*match)[1].str() / (*match)[2].str())) continue;
    const std::size_t at = tests.find("TEST_CASE(" + (*match)[2].str());
    BOOST_TEST((at != std::string::npos), (*match)[0].str());
    if (at == std::string::npos) continue;
    const std::size_t begin = tests.rfind('\f', at) + 1;
    const std::string before = tests.substr(begin, at - begin);
    BOOST_TEST((before.find("TEST_SUITE(" + (*match)[1].str()) != std::string::npos),
               (*match)[0].str());
    ++found;
  }
  BOOST_TEST(found > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Test of the symbols of the CPU kernels, which are compiled once for each instruction set. If two
// of these builds had a function in common, such as an inline function of the standard library, the
// linker could take it from either, and a program could run AVX-512 code on a processor without it.
// So each symbol that a build defines must contain the build's own namespace.
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(isa_symbols)

namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::string output;
  std::array<char, 4096> buffer{};
  while (pipe &&
         std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get()) != nullptr) {
    output += buffer.data();
  }
  return output;
}

// The mangled names that an archive defines: global, weak and unique ones.
std::vector<std::string> offered_symbols(const std::string& archive) {
  std::istringstream lines(
      output_of("nm --portability --extern-only --defined-only '" + archive + "'"));
  std::vector<std::string> symbols;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::string type;
    // A line of one word is the name of a member of the archive.
    if (words >> name >> type) symbols.push_back(name);
  }
  return symbols;
}

BOOST_AUTO_TEST_CASE(builds_for_wider_instruction_sets_share_no_code,
                     *boost::unit_test::label("optimised")) {
  std::istringstream archives(CREDENCE_KERNEL_ARCHIVES);
  int checked = 0;
  for (std::string archive; std::getline(archives, archive, ':');) {
    const std::size_t begin = archive.rfind('_') + 1;
    const std::string name = archive.substr(begin, archive.rfind('.') - begin);
    if (name == "baseline" || name == "neon" || name == "reference") continue;
    const std::string space = "3cpu" + std::to_string(name.size()) + name;
    const std::vector<std::string> symbols = offered_symbols(archive);
    for (const std::string& symbol : symbols) {
      // A datum through which exception tables point to the runtime.
      if (symbol == "DW.ref.__gxx_personality_v0") continue;
      BOOST_TEST(symbol.find(space) != std::string::npos, archive << " offers " << symbol);
    }
    const std::string table = "_ZN8credence" + space + "5tableEv";
    BOOST_TEST(std::count(symbols.begin(), symbols.end(), table) == 1,
               archive << " lacks " << table);
    ++checked;
  }
  if (checked == 0) BOOST_TEST_MESSAGE("skipped: kernels for one instruction set only");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence

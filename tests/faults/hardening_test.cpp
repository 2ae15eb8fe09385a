// Tests of what the linked programs and libraries have against attacks, read from their ELF headers
// by readelf, and of what they cannot do.
#include "tests/benchmarks/program.hpp"

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(hardening)

namespace {

using std::filesystem::path;

// What a build with other options may lack.
bool hardened() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  return std::string(CREDENCE_OPTIMIZATION) == "3";
#endif
}

std::vector<path> programs() {
  const path folder = path(CREDENCE_BENCH).parent_path();
  std::vector<path> found{CREDENCE_BENCH};
  for (const char* name : {"credence-cost-curves", "credence-explain-step",
                           "credence-gradient-variance", "credence-training-step"}) {
    if (exists(folder / name)) found.push_back(folder / name);
  }
  return found;
}

path library() { return path(CREDENCE_BUILD_ROOT) / "libcredence.so"; }

std::string output_of(const std::string& program, const std::vector<std::string>& arguments) {
  const Outcome outcome = run_program(program, arguments);
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  return outcome.out;
}

bool matches(const std::string& text, const std::string& form) {
  return std::regex_search(text, std::regex(form));
}

}  // namespace

BOOST_AUTO_TEST_CASE(programs_and_libraries_are_hardened) {
  std::vector<path> files = programs();
  if (exists(library())) files.push_back(library());
  for (const path& file : files) {
    BOOST_TEST_CONTEXT(file) {
      const std::string header = output_of("readelf", {"-hlW", file.string()});
      // A program at random addresses is a shared object that names the program's interpreter.
      BOOST_TEST(matches(header, "Type: +DYN"));
      BOOST_TEST(matches(header, "\n +GNU_RELRO "));
      BOOST_TEST(matches(header, "\n +GNU_STACK [^\n]* RW +0x"));
      BOOST_TEST(!matches(header, "\n +LOAD [^\n]* RWE "));
      const std::string dynamic = output_of("readelf", {"-dW", file.string()});
      BOOST_TEST(matches(dynamic, "FLAGS_1[^\n]*NOW"));
      BOOST_TEST(!matches(dynamic, "TEXTREL"));
      if (!hardened()) continue;
      const std::string symbols = output_of("nm", {"-D", "--undefined-only", file.string()});
      BOOST_TEST(matches(symbols, " __stack_chk_fail"));
      BOOST_TEST(matches(symbols, " __[a-z]+_chk"));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_library_starts_no_program_and_makes_no_code) {
  if (!exists(library())) {
    BOOST_TEST_MESSAGE("skipped: libcredence.so is not built");
    return;
  }
  const std::string symbols = output_of("nm", {"-D", "--undefined-only", library().string()});
  BOOST_TEST(matches(symbols, " malloc@"));
  const std::regex forbidden(
      " (system|popen|exec[a-z]*|fork|vfork|clone|posix_spawnp?|dlopen|mprotect|mmap|mmap64)@");
  std::smatch found;
  const std::string first = std::regex_search(symbols, found, forbidden) ? found.str() : "";
  BOOST_TEST(first == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

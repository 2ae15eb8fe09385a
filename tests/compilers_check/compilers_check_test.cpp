// The arguments of tests/compilers_check.sh, and what it says where a compiler is missing; what it
// runs takes long.
#include "tests/benchmarks/program.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(compilers_check)

namespace {

Outcome check(std::vector<std::string> arguments,
              const std::vector<std::string>& environment = {}) {
  arguments.insert(arguments.begin(), CREDENCE_SOURCE_ROOT "/tests/compilers_check.sh");
  return run_program("/bin/bash", arguments, environment);
}

}  // namespace

BOOST_AUTO_TEST_CASE(wrong_usage_is_said_in_one_line) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--fast"}, {"--jobs"}, {"--jobs", "0"}, {"msvc"}}) {
    const Outcome outcome = check(arguments);
    BOOST_TEST(outcome.status == 2, arguments[0]);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("compilers_check.sh: "), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1);
  }
  const Outcome help = check({"--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(help.out.starts_with("usage: tests/compilers_check.sh"));
}

BOOST_AUTO_TEST_CASE(a_missing_compiler_skips_its_check_and_is_named) {
  const TemporaryFolder tools;
  for (const char* tool : {"dirname", "nproc"}) {
    std::filesystem::create_symlink(std::filesystem::path("/usr/bin") / tool, tools.path() / tool);
  }
  const Outcome outcome =
      check({"--jobs", "1", "clang", "aarch64", "wasm"}, {"PATH=" + tools.path().string()});
  BOOST_TEST(outcome.status == 0, outcome.err);
  for (const char* line : {"there is no clang++ (Debian: clang", "skipped: clang\n",
                           "there is no aarch64-linux-gnu-g++", "skipped: aarch64\n",
                           "there is no em++ (Debian: emscripten", "skipped: wasm\n"}) {
    BOOST_TEST(outcome.out.find(line) != std::string::npos, line);
  }
  BOOST_TEST(outcome.out.ends_with("\n0 passed, 0 failed, 3 skipped\n"), outcome.out);
}

BOOST_AUTO_TEST_CASE(a_check_that_fails_is_counted) {
  const TemporaryFolder tools;
  for (const char* tool : {"dirname", "nproc"}) {
    std::filesystem::create_symlink(std::filesystem::path("/usr/bin") / tool, tools.path() / tool);
  }
  // There is neither meson nor ninja.
  const Outcome outcome = check({"serial"}, {"PATH=" + tools.path().string()});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out.ends_with("failed: serial\n0 passed, 1 failed, 0 skipped\n"), outcome.out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

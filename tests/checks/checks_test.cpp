// The arguments of tests/compilers_check.sh, explorer_check.sh, fuzz_check.sh, sanitizers_check.sh
// and site_check.sh, and what they say where a tool is missing; what they run takes long.
#include "tests/benchmarks/program.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(checks)

namespace {

using Arguments = std::vector<std::string>;

Outcome check(const std::string& script, Arguments arguments,
              const std::vector<std::string>& environment = {}) {
  arguments.insert(arguments.begin(), CREDENCE_SOURCE_ROOT "/tests/" + script);
  return run_program("/bin/bash", arguments, environment);
}

// What the script prints where neither compilers nor meson, ninja and valgrind are installed.
Outcome check_without_tools(const std::string& script, const Arguments& arguments) {
  const TemporaryFolder tools;
  for (const char* tool : {"dirname", "nproc"}) {
    std::filesystem::create_symlink(std::filesystem::path("/usr/bin") / tool, tools.path() / tool);
  }
  return check(script, arguments, {"PATH=" + tools.path().string()});
}

void check_skipped(const std::string& script, const Arguments& arguments, const Arguments& lines) {
  const Outcome outcome = check_without_tools(script, arguments);
  BOOST_TEST(outcome.status == 0, outcome.err);
  for (const std::string& line : lines) {
    BOOST_TEST(outcome.out.find(line) != std::string::npos, line << " in " << outcome.out);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(wrong_usage_is_said_in_one_line) {
  for (const std::string script : {"compilers_check.sh", "explorer_check.sh", "fuzz_check.sh",
                                   "sanitizers_check.sh", "site_check.sh"}) {
    for (const Arguments& arguments :
         {Arguments{"--fast"}, {"--jobs"}, {"--jobs", "0"}, {"msvc"}, {"../x"}}) {
      const Outcome outcome = check(script, arguments);
      BOOST_TEST(outcome.status == 2, arguments[0]);
      BOOST_TEST(outcome.out == "");
      BOOST_TEST(outcome.err.starts_with(script + ": "), outcome.err);
      BOOST_TEST(line_count(outcome.err) == 1);
    }
    const Outcome help = check(script, {"--help"});
    BOOST_TEST(help.status == 0);
    BOOST_TEST(help.out.starts_with("usage: tests/" + script));
  }
}

BOOST_AUTO_TEST_CASE(a_missing_tool_skips_its_check_and_is_named) {
  check_skipped("compilers_check.sh", {"--jobs", "1", "clang", "aarch64", "wasm"},
                {"there is no clang++ (Debian: clang", "skipped: clang\n",
                 "there is no aarch64-linux-gnu-g++", "skipped: aarch64\n",
                 "there is no em++ (Debian: emscripten", "skipped: wasm\n",
                 "\n0 passed, 0 failed, 3 skipped\n"});
  check_skipped("explorer_check.sh", {},
                {"there is no em++ (Debian: emscripten", "skipped: page\n",
                 "there is no chromium (Debian: chromium)", "skipped: browser\n",
                 "\n0 passed, 0 failed, 2 skipped\n"});
  check_skipped("site_check.sh", {},
                {"there is no pandoc (Debian: pandoc doxygen)", "skipped: pages\n",
                 "skipped: links\n", "\n0 passed, 0 failed, 2 skipped\n"});
  check_skipped("fuzz_check.sh", {"--jobs", "1", "5", "idx", "csv"},
                {"there is no clang++ (Debian: clang", "skipped: idx\n", "skipped: csv\n",
                 "\n0 passed, 0 failed, 2 skipped\n"});
  check_skipped(
      "sanitizers_check.sh", {"--jobs", "1"},
      {"there is no clang++ (Debian: clang", "skipped: all\n", "skipped: threads\n",
       "there is no valgrind", "skipped: valgrind\n", "\n0 passed, 0 failed, 3 skipped\n"});
}

BOOST_AUTO_TEST_CASE(a_check_that_fails_is_counted) {
  // There is neither meson nor ninja.
  const Outcome outcome = check_without_tools("compilers_check.sh", {"serial"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out.ends_with("failed: serial\n0 passed, 1 failed, 0 skipped\n"), outcome.out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

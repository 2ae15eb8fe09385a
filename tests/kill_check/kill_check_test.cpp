// Tests of tests/kill_check.sh: its arguments, and a few kills of one task. All tasks take minutes.
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(kill_check)

namespace {

Outcome check(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), CREDENCE_SOURCE_ROOT "/tests/kill_check.sh");
  return run_program("bash", arguments);
}

}  // namespace

BOOST_AUTO_TEST_CASE(killed_runs_leave_the_files_of_a_run_that_was_not_killed) {
  if (run_program("sh", {"-c", "command -v cc || command -v gcc || command -v clang"}).status !=
      0) {
    BOOST_TEST_MESSAGE("skipped: there is no C compiler");
    return;
  }
  // Digits that are read take less time than digits that are drawn.
  const TemporaryFolder data;
  write_small_mnist(data, 300, 50);
  const Outcome outcome = check({"--build", CREDENCE_BUILD_ROOT, "--kills", "5", "--seed", "2",
                                 "--data-dir", data.path().string(), "init"});
  BOOST_TEST(outcome.status == 0, outcome.out + outcome.err);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(outcome.out.find(" kills: all files equal those of runs that were not killed\n") !=
                 std::string::npos,
             outcome.out);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_said_in_one_line) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--fast"}, {"--build"}, {"--kills", "many"}, {"accuracy"}}) {
    const Outcome outcome = check(arguments);
    BOOST_TEST(outcome.status == 2, arguments[0]);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("kill_check.sh: "), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1);
  }
  const Outcome help = check({"--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(help.out.starts_with("usage: tests/kill_check.sh"));
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_built_is_a_failure_of_one_line) {
  const TemporaryFolder empty;
  const Outcome outcome = check({"--build", empty.path().string()});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err == "kill_check.sh: there is no " + empty.path().string() +
                                "/benchmarks/credence-bench: run ./test.sh first\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Tests of the arguments of tests/avx512_check.sh. What the script runs takes minutes and is not
// run here.
#include "tests/benchmarks/program.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(avx512_check)

namespace {

Outcome check(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), CREDENCE_SOURCE_ROOT "/tests/avx512_check.sh");
  return run_program("bash", arguments);
}

}  // namespace

BOOST_AUTO_TEST_CASE(wrong_usage_is_said_in_one_line) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--fast"}, {"--build"}, {"--minutes", "0"}, {"matmul_op;"}}) {
    const Outcome outcome = check(arguments);
    BOOST_TEST(outcome.status == 2, arguments[0]);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("avx512_check.sh: "), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1);
  }
  const Outcome help = check({"--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(help.out.starts_with("usage: tests/avx512_check.sh"));
}

BOOST_AUTO_TEST_CASE(tests_that_are_not_built_are_a_failure_of_one_line) {
  const TemporaryFolder empty;
  const Outcome outcome = check({"--build", empty.path().string()});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err == "avx512_check.sh: there is no " + empty.path().string() +
                                "/tests/credence-tests: run ./test.sh first\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// benchmarks/steps/busy_neighbours.sh: its arguments, its table, and that it leaves no process.
#include "tests/benchmarks/program.hpp"

#include <regex>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(busy_neighbours)

namespace {

const std::string kStep =
    (std::filesystem::path(CREDENCE_BENCH).parent_path() / "credence-training-step").string();

const std::string kScript = CREDENCE_SOURCE_ROOT "/benchmarks/steps/busy_neighbours.sh";

Outcome compare(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kScript);
  return run_program("bash", arguments);
}

}  // namespace

BOOST_AUTO_TEST_CASE(wrong_usage_is_said_in_one_line) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--fast"},
                                                    {"--pairs"},
                                                    {"--pairs", "0", kStep, kStep},
                                                    {"--loads", "idle", kStep, kStep},
                                                    {kStep},
                                                    {kStep, kStep + "-missing"}}) {
    const Outcome outcome = compare(arguments);
    BOOST_TEST(outcome.status == 2, arguments[0]);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("busy_neighbours.sh: "), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1);
  }
  const Outcome help = compare({"--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(help.out.starts_with("usage: benchmarks/steps/busy_neighbours.sh"));
}

BOOST_AUTO_TEST_CASE(the_table_has_a_row_for_each_load) {
  const Outcome outcome =
      compare({"--pairs", "2", kStep, kStep, "--", "--batch-size", "2", "--seconds", "0"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  const std::string number = "[0-9]+\\.[0-9]{3}";
  for (const std::string load : {"quiet", "busy"}) {
    const std::regex row("\\| " + load + " \\| " + number + " \\| " + number + " \\| " + number +
                         " \\|\\n");
    BOOST_TEST(std::regex_search(outcome.out, row), outcome.out);
  }
}

BOOST_AUTO_TEST_CASE(a_program_that_fails_ends_the_comparison_and_its_neighbours) {
  const TemporaryFolder folder;
  const std::string broken = folder.write("broken", "#!/bin/sh\nexit 3\n");
  std::filesystem::permissions(broken, std::filesystem::perms::owner_all);
  // Whatever the script starts inherits the lock, and would hold it.
  const std::string lock = folder.write("lock", "");
  const Outcome outcome =
      run_program("flock", {lock, "bash", kScript, "--loads", "busy", broken, kStep});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err.starts_with("busy_neighbours.sh: " + broken), outcome.err);
  BOOST_TEST(run_program("flock", {"--nonblock", lock, "true"}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

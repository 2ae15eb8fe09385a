// Tests of the commands that a run's summary ends with, and of the lists that the driver prints.
#include "benchmarks/driver/next_commands.hpp"

#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/comparison.hpp"
#include "benchmarks/driver/option_groups.hpp"
#include "benchmarks/driver/task.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "tests/framework/support.hpp"

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::benchmarks {

BOOST_AUTO_TEST_SUITE(after_a_run)

namespace {

using test::Outcome;
using test::run_program;

Outcome listing(const std::string& name) {
  const Outcome outcome = run_program(CREDENCE_BENCH, {name});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  return outcome;
}

void check_named(const std::string& text, const std::string& name) {
  BOOST_TEST(text.find(name) != std::string::npos, name);
}

// The lines beneath "next:".
std::vector<std::string> printed_commands(const std::string& text) {
  std::vector<std::string> commands;
  std::istringstream lines(text.substr(text.find("next:\n") + 6));
  for (std::string line; std::getline(lines, line) && line.starts_with("  ");) {
    commands.push_back(line.substr(2));
  }
  return commands;
}

BOOST_AUTO_TEST_CASE(lists_name_all_that_there_is) {
  const std::string models_text = listing("models").out;
  for (const std::string& name : model_names()) check_named(models_text, "| " + name + " ");
  // LeNet5 on 28 x 28: 6 (25 + 1) + 16 (150 + 1) + 120 (256 + 1) + 84 (120 + 1) + 10 (84 + 1).
  check_named(models_text, "44.4 k");
  const std::string datasets_text = listing("datasets").out;
  for (const std::string& name : dataset_names()) check_named(datasets_text, "| " + name + " ");
  const std::string tasks_text = listing("tasks").out;
  for (const Task& task : tasks()) check_named(tasks_text, "--task " + task.name + '\n');
  const std::string methods_text = listing("methods").out;
  for (const MethodEntry& method : methods()) check_named(methods_text, method.name + '\n');
}

BOOST_AUTO_TEST_CASE(printed_commands_work) {
  const test::TemporaryFolder folder;
  test::write_small_mnist(folder, 300, 50);
  const std::string out = (folder.path() / "two words").string();
  const Outcome run = run_program(
      CREDENCE_BENCH, {"--data-dir", folder.path().string(), "--epochs", "1", "--validation", "100",
                       "--samples", "2", "--seed", "3", "--out", out});
  BOOST_TEST_REQUIRE(run.status == 0, run.err);
  const std::vector<std::string> commands = printed_commands(run.out);
  BOOST_TEST_REQUIRE(commands.size() == 3U);
  for (const std::string& command : commands) {
    BOOST_TEST_REQUIRE(command.starts_with("credence-bench "), command);
    if (command.ends_with(" PICTURE")) continue;
    const Outcome next = run_program(
        "sh", {"-c", CREDENCE_BENCH + command.substr(std::string("credence-bench").size()) +
                         " --samples 2"});
    BOOST_TEST(next.status == 0, command << ": " << next.err);
  }
}

// What bash offers for the last word of a command line of credence-bench.
std::string completed(const std::string& words) {
  const std::string script = std::string("source ") + CREDENCE_SOURCE_ROOT +
                             "/benchmarks/driver/completion.bash; COMP_WORDS=(" CREDENCE_BENCH " " +
                             words +
                             "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _credence_bench; "
                             "echo \"${COMPREPLY[*]}\"";
  const Outcome outcome = run_program("bash", {"-c", script});
  BOOST_TEST(outcome.status == 0, outcome.err);
  return outcome.out;
}

BOOST_AUTO_TEST_CASE(bash_completes_commands_options_and_their_values) {
  BOOST_TEST(completed("--spread-l") == "--spread-lr\n");
  BOOST_TEST(completed("--task co") == "compare\n");
  BOOST_TEST(completed("--model ResNet3") == "ResNet32\n");
  BOOST_TEST(completed("ev") == "evaluate\n");
  BOOST_TEST(completed("--freeze ev") == "evaluate\n");
  BOOST_TEST(completed("evaluate --family f") == "frequentist\n");
  BOOST_TEST(completed("summary VGG19") == "VGG19\n");
  BOOST_TEST(completed("--epochs ''") == "\n");
}

BOOST_AUTO_TEST_CASE(commands_say_how_pictures_are_read) {
  Options options;
  options.dataset = "image-folder";
  options.data_dir = "pets";
  options.image = Shape{3, 40, 40};
  options.validation = kTenth;
  options.out = "results";
  const std::vector<std::string> commands = benchmarks::next_commands(options);
  BOOST_TEST_REQUIRE(!commands.empty());
  BOOST_TEST(commands.front() ==
             "credence-bench --task calib --model LeNet5 --dataset image-folder --data-dir pets "
             "--image-size 40 --channels 3 --pretrained results --out results/calib");
}

BOOST_AUTO_TEST_CASE(without_a_folder_there_is_nothing_to_go_on_from) {
  BOOST_TEST(benchmarks::next_commands({}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::benchmarks

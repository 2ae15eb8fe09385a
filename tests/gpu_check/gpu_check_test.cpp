// Tests of tests/gpu_check.sh, with replacements for the card's tools and for the programs that it
// builds.
#include "tests/benchmarks/program.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(gpu_check)

namespace {

using Json = nlohmann::json;

constexpr const char* kCard = "echo 'Test Card, 9.0, 580.1, 81559 MiB'";

/// A folder for the script's results, and one of programs that it finds before all others.
class Machine {
 public:
  explicit Machine(const std::string& nvidia_smi) {
    add_program("bin/nvidia-smi", nvidia_smi);
    // The machine may have a compute-sanitizer.
    add_program("bin/compute-sanitizer", "echo '========= ERROR SUMMARY: 0 errors'");
  }

  void add_program(const std::string& name, const std::string& commands) const {
    const auto program = folder_.write(name, "#!/bin/sh\n" + commands + "\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }

  Outcome run(std::vector<std::string> arguments) const {
    const char* const before = std::getenv("PATH");
    arguments.insert(arguments.begin(), {CREDENCE_SOURCE_ROOT "/tests/gpu_check.sh", "--out",
                                         folder_.path().string()});
    return run_program(
        "bash", arguments,
        {"PATH=" + (folder_.path() / "bin").string() + ":" + (before == nullptr ? "" : before)});
  }

  const std::filesystem::path& folder() const { return folder_.path(); }
  Json results() const { return Json::parse(read_text(folder_.path() / "gpu_check.json")); }

 private:
  TemporaryFolder folder_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(wrong_usage_is_said_in_one_line) {
  const Machine machine(kCard);
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--fast"},
                                                    {"--only"},
                                                    {"--only", "build,speed"},
                                                    {"--minutes", "0"},
                                                    {"--minutes", "two"},
                                                    {"--packages", "/nonexistent"}}) {
    const Outcome outcome = machine.run(arguments);
    BOOST_TEST(outcome.status == 2, arguments[0]);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("gpu_check.sh: "), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1);
  }
  const Outcome help = machine.run({"--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(help.out.starts_with("usage: tests/gpu_check.sh"));
}

BOOST_AUTO_TEST_CASE(no_device_is_a_failure_of_one_line) {
  const Machine machine("echo 'cannot reach the driver'; exit 9");
  const Outcome outcome = machine.run({});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(outcome.err == "gpu_check.sh: no CUDA device (nvidia-smi: cannot reach the driver)\n");
}

BOOST_AUTO_TEST_CASE(steps_go_on_after_one_that_failed) {
  const Machine machine(kCard);
  machine.add_program(
      "build/tests/credence-tests",
      "case $1 in\n"
      "--list_content) printf 'linear*\\ndevice_a*\\n    one*\\ndevice_b*\\n' >&2 ;;\n"
      "--run_test=device_a) echo 'skipped: no CUDA device (no driver)'\n"
      "echo '  Test case \"device_a/one\" has passed'; kill -SEGV $$ ;;\n"
      "--run_test=device_b) echo '  Test case \"device_b/two\" has passed with:' ;;\n"
      "esac");
  machine.add_program("bin/compute-sanitizer",
                      "echo 'Entering test case \"one\"'\n"
                      "echo '========= ERROR SUMMARY: 0 errors'");
  const Outcome outcome = machine.run({"--only", "memcheck,device-tests,accuracy"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out.starts_with("Test Card, compute capability 9.0, driver 580.1"),
             outcome.out);
  const Json results = machine.results();
  BOOST_TEST(results.at("failed") == 2);
  const Json& steps = results.at("steps");
  BOOST_TEST_REQUIRE(steps.size() == 3U);
  BOOST_TEST(steps[0].at("step") == "device-tests");
  BOOST_TEST(steps[0].at("result") == "failed");
  BOOST_TEST(
      steps[0].at("summary") ==
      "1 passed, 1 failed, 0 skipped (1 found no CUDA device); device_a ended with status 139");
  BOOST_TEST(steps[0].at("details").at("skipped_without_device") == 1);
  BOOST_TEST(steps[1].at("step") == "accuracy");
  BOOST_TEST(steps[1].at("summary") == "error: benchmarks/credence-bench is not built");
  BOOST_TEST(steps[2].at("step") == "memcheck");
  BOOST_TEST(steps[2].at("result") == "passed");
  // Of the suite that failed, device_a.
  BOOST_TEST(steps[2].at("summary") == "1 test: 0 errors");
}

// Of two libraries' logs, one has errors.
BOOST_AUTO_TEST_CASE(what_failed_is_looked_at_by_memcheck) {
  const Machine machine(kCard);
  machine.add_program(
      "build/tests/credence-tests",
      "case $1 in\n"
      "--list_content) printf 'device_a*\\ndevice_b*\\n' >&2 ;;\n"
      "--run_test=device_a) printf 'E! Error: NOT_SUPPORTED\\n' >\"$CUDNN_LOGDEST_DBG\"\n"
      "echo '  Test case \"device_a/one\" has failed'; exit 201 ;;\n"
      "--run_test=device_b) echo '  Test case \"device_b/two\" has passed with:' ;;\n"
      "esac");
  machine.add_program("bin/compute-sanitizer",
                      "for argument; do case $argument in --run_test=*)"
                      " echo \"Entering test case \\\"$argument\\\"\";; esac; done\n"
                      "echo '========= ERROR SUMMARY: 3 errors'; exit 99");
  BOOST_TEST(machine.run({"--only", "memcheck,device-tests"}).status == 1);
  const Json steps = machine.results().at("steps");
  BOOST_TEST(steps[0].at("summary") ==
             "1 passed, 1 failed, 0 skipped: device_a/one; cuDNN refused 1 call");
  BOOST_TEST(steps[1].at("summary") == "1 test: 3 errors");
  const std::string log = read_text(machine.folder() / "gpu_check.log");
  BOOST_TEST(log.find("Entering test case \"--run_test=device_a\"") != std::string::npos, log);
}

BOOST_AUTO_TEST_CASE(the_table_has_the_steps_of_an_earlier_call) {
  const Machine machine(kCard);
  machine.add_program("build/benchmarks/credence-training-step", "echo '{\"median_ms\": 1.5}'");
  const auto names = [&] {
    const Json steps = machine.results().at("steps");
    std::vector<std::string> all;
    for (const Json& step : steps) all.push_back(step.at("step"));
    return all;
  };
  machine.run({"--only", "steps,accuracy"});
  BOOST_TEST(names() == (std::vector<std::string>{"accuracy", "steps"}),
             boost::test_tools::per_element());
  machine.run({"--only", "profile"});
  machine.run({"--only", "accuracy"});
  BOOST_TEST(names() == (std::vector<std::string>{"steps", "profile", "accuracy"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(steps_with_and_without_a_graph_stand_beside_each_other) {
  const Machine machine(kCard);
  machine.add_program("build/benchmarks/credence-training-step",
                      "case \"$*\" in *--no-cuda-graph*) time=2.5 ;; *) time=1.25 ;; esac\n"
                      "echo \"{\\\"median_ms\\\": $time}\"");
  const Outcome outcome = machine.run({"--only", "steps"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  const std::string summary = machine.results().at("steps").at(0).at("summary");
  BOOST_TEST(
      summary.find("BayesianVGG16 (bf16) 1.250 ms, 2.500 without graph") != std::string::npos,
      summary);
  BOOST_TEST(machine.results().at("steps").at(0).at("details").size() == 12U);
}

BOOST_AUTO_TEST_CASE(the_profile_sums_up_the_kernels_times) {
  const Machine machine(kCard);
  machine.add_program("build/benchmarks/credence-training-step", "exit 1");
  machine.add_program("bin/ncu", R"csv(echo '==PROF== Profiling "adam"'
cat <<'END'
"ID","Process ID","Kernel Name","Metric Name","Metric Unit","Metric Value"
"0","7","void adam<float>(const AdamStep *, long)","gpu__time_duration.sum","ns","1,500"
"1","7","void draw<float, Store<float>>(long)","gpu__time_duration.sum","us","4.5"
"2","7","void adam<float>(const AdamStep *, long)","gpu__time_duration.sum","ns","2,500"
END)csv");
  const Outcome outcome = machine.run({"--only", "profile"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  const Json step = machine.results().at("steps").at(0);
  BOOST_TEST(step.at("summary") == "void draw 4.5 µs in 1; void adam 4.0 µs in 2");
}

BOOST_AUTO_TEST_CASE(a_dry_run_needs_no_card) {
  const Machine machine("echo 'no driver' >&2; exit 9");
  machine.add_program("build/tests/credence-tests",
                      "case $1 in\n"
                      "--list_content) printf 'device_a*\\n' >&2 ;;\n"
                      "--run_test=device_a) echo 'skipped: no CUDA device (no driver)'\n"
                      "echo '  Test case \"device_a/one\" has passed' ;;\n"
                      "esac");
  const Outcome outcome = machine.run({"--dry-run", "--only", "device-tests"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.out.starts_with("no card (dry run)"), outcome.out);
  BOOST_TEST(machine.results().at("machine").at("dry_run") == true);
  BOOST_TEST(machine.results().at("steps").at(0).at("summary") == "0 passed, 0 failed, 1 skipped");
}

BOOST_AUTO_TEST_CASE(minutes_are_decimal) {
  // Nothing is built, so the step fails, which shows that the number was accepted.
  const Machine machine(kCard);
  BOOST_TEST(machine.run({"--only", "accuracy", "--minutes", "08"}).status == 1);
  BOOST_TEST(machine.run({"--only", "accuracy", "--minutes", "0x8"}).status == 2);
}

BOOST_AUTO_TEST_CASE(accuracies_and_the_time_they_took_are_summed_up) {
  const Machine machine(kCard);
  machine.add_program("build/benchmarks/credence-bench", R"(
while [ "$1" != --json ]; do shift; done
cat >"$2" <<'END'
{"model": "LeNet5", "dataset": "mnist", "families": [
 {"family": "frequentist", "training_seconds": 1.5, "test_after_last_epoch": {"accuracy": 0.9912}},
 {"family": "Bayesian", "training_seconds": 2.5, "test_after_last_epoch": {"accuracy": 0.9898}}]}
END)");
  const Outcome outcome = machine.run({"--only", "accuracy"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  const Json step = machine.results().at("steps").at(0);
  BOOST_TEST(step.at("result") == "passed");
  const std::string summary = step.at("summary");
  BOOST_TEST(summary.starts_with("mnist: LeNet5 99.12 % in 1.50 s, BayesianLeNet5 98.98 % in "
                                 "2.50 s; "),
             summary);
  BOOST_TEST(summary.ends_with("goal of 5 s met"), summary);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

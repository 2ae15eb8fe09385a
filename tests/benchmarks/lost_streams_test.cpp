// Tests of programs whose standard streams are closed, full or gone.
#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "tests/framework/terminal.hpp"
#include "zoo/lenet5.hpp"

#include <optional>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(lost_streams)

namespace {

std::string beside_bench(const std::string& name) {
  return (std::filesystem::path(CREDENCE_BENCH).parent_path() / name).string();
}

// Runs a command with a shell's redirections, such as "LeNet5 >/dev/full". Streams that are not
// redirected go to files.
Outcome run(const TemporaryFolder& folder, const std::string& command) {
  const std::filesystem::path out = folder.path() / "stdout";
  const std::filesystem::path err = folder.path() / "stderr";
  for (const auto& file : {out, err}) std::filesystem::remove(file);
  // The inner shell's redirections are applied last.
  const std::string line = "( exec >'" + out.string() + "' 2>'" + err.string() +
                           "' </dev/null; CREDENCE_DATA= XDG_CACHE_HOME=" + folder.path().string() +
                           " exec " + command + " )";
  const int result = std::system(line.c_str());
  return {WIFEXITED(result) ? WEXITSTATUS(result) : -1, read_text(out), read_text(err)};
}

// The command of a very short run of credence-bench, into a folder of this name.
std::string small_run(const TemporaryFolder& folder, const std::string& out) {
  return CREDENCE_BENCH " --data-dir " + folder.path().string() + " --out " +
         (folder.path() / out).string() +
         " --epochs 1 --training-images 64 --validation 16 --samples 1 --threads 1 --batch-size 32";
}

// What the run wrote: the parameters' bytes and the accuracies.
std::string files_of(const TemporaryFolder& folder, const std::string& out) {
  const std::filesystem::path path = folder.path() / out;
  const nlohmann::json json = nlohmann::json::parse(read_text(path / "results.json"));
  std::string all;
  for (const auto& family : json.at("families")) all += family.at("test_after_last_epoch").dump();
  return all + read_text(path / "frequentist.safetensors") +
         read_text(path / "bayesian.safetensors");
}

constexpr const char* kLostStdout[] = {">/dev/full", ">&-"};

// One line on stderr that names the program and stdout, status 1.
void check_lost_stdout(const TemporaryFolder& folder, const std::string& program,
                       const std::string& arguments) {
  for (const std::string lost : kLostStdout) {
    const Outcome outcome = run(folder, program + " " + arguments + " " + lost);
    const std::string name = std::filesystem::path(program).filename().string();
    BOOST_TEST(outcome.status == 1, name << " " << arguments << " " << lost);
    BOOST_TEST(outcome.err.find(name + ": stdout: ") != std::string::npos,
               name << " " << arguments << " " << lost << ": " << outcome.err);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_run_does_not_depend_on_stderr) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 100, 20);
  BOOST_TEST(run(folder, small_run(folder, "expected") + " 2>/dev/null").status == 0);
  const std::string expected = files_of(folder, "expected");
  int number = 0;
  for (const std::string lost : {"2>/dev/full", "2>&-", ">&- 2>&- <&-"}) {
    const std::string out = "lost" + std::to_string(++number);
    const Outcome outcome = run(folder, small_run(folder, out) + " " + lost);
    BOOST_TEST(outcome.status == (lost.starts_with(">&-") ? 1 : 0), lost);
    BOOST_TEST((files_of(folder, out) == expected), lost);
  }
}

BOOST_AUTO_TEST_CASE(a_run_does_not_depend_on_the_reader_of_its_stderr_or_on_its_terminal) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 100, 20);
  // The reader ends before the run writes anything.
  const std::string piped = "sh -c '" + small_run(folder, "piped") + " 2>&1 >/dev/null; echo $? >" +
                            (folder.path() / "status").string() + "' | true";
  run(folder, piped);
  BOOST_TEST(read_text(folder.path() / "status") == "0\n");
  BOOST_TEST(!files_of(folder, "piped").empty());
  std::optional<Terminal> terminal(80);
  const int slave = dup(terminal->slave());
  terminal.reset();  // its end hangs up the other one
  const Outcome outcome = run(folder, "sh -c \"trap '' HUP; " + small_run(folder, "hung_up") +
                                          "\" 2>&" + std::to_string(slave));
  close(slave);
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST((files_of(folder, "hung_up") == files_of(folder, "piped")));
}

BOOST_AUTO_TEST_CASE(wrong_usage_has_its_status_without_stderr) {
  const TemporaryFolder folder;
  for (const std::string lost : {"2>/dev/full", "2>&-"}) {
    BOOST_TEST(run(folder, CREDENCE_BENCH " --unknown " + lost).status == 2);
    BOOST_TEST(run(folder, beside_bench("credence-training-step") + " --unknown " + lost).status ==
               2);
    BOOST_TEST(run(folder, beside_bench("credence-cost-curves") + " --unknown " + lost).status ==
               2);
    BOOST_TEST(
        run(folder, beside_bench("credence-gradient-variance") + " --unknown " + lost).status == 2);
    BOOST_TEST(run(folder, CREDENCE_BENCH " --data-dir=/nonexistent " + lost).status == 1);
    BOOST_TEST(run(folder, CREDENCE_TRAIN_MNIST " '' 0 " + lost).status == 2);
    BOOST_TEST(run(folder, CREDENCE_TRAIN_MNIST " /nonexistent " + lost).status == 1);
    if (!std::string(CREDENCE_KERNELS).empty()) {
      BOOST_TEST(run(folder, CREDENCE_KERNELS " --unknown " + lost).status == 2);
    }
  }
}

BOOST_AUTO_TEST_CASE(losing_stdout_is_a_failure) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 100, 20);
  const std::string data = folder.path().string();
  const std::string model = data + "/model.safetensors";
  zoo::LeNet5<> net({}, Generator(1));
  io::save_checkpoint(model, net);
  check_lost_stdout(folder, CREDENCE_BENCH, "--help");
  check_lost_stdout(folder, CREDENCE_BENCH, "evaluate --help");
  check_lost_stdout(folder, CREDENCE_BENCH, "summary LeNet5");
  const std::string evaluate =
      "evaluate --model LeNet5 --dataset mnist --data-dir " + data + " --checkpoint " + model;
  check_lost_stdout(folder, CREDENCE_BENCH, evaluate);
  check_lost_stdout(folder, CREDENCE_BENCH, evaluate + " --json -");
  check_lost_stdout(folder, beside_bench("credence-training-step"),
                    "--batch-size 2 --seconds 0 --threads 1");
  check_lost_stdout(folder, beside_bench("credence-training-step"), "--help");
  check_lost_stdout(folder, beside_bench("credence-cost-curves"),
                    "--batch-sizes 1 --family frequentist --seconds 0 --threads 1");
  check_lost_stdout(folder, beside_bench("credence-gradient-variance"),
                    "--batch-sizes 1 --draws 4 --threads 1");
  check_lost_stdout(folder, CREDENCE_TRAIN_MNIST, data + " 1");
  if (!std::string(CREDENCE_KERNELS).empty()) {
    check_lost_stdout(folder, CREDENCE_KERNELS, "--help");
    check_lost_stdout(folder, CREDENCE_KERNELS, "--device cpu --benchmark_list_tests");
  }
}

BOOST_AUTO_TEST_CASE(a_run_that_loses_stdout_fails_and_keeps_its_files) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 100, 20);
  BOOST_TEST(run(folder, small_run(folder, "expected")).status == 0);
  const std::string expected = files_of(folder, "expected");
  int number = 0;
  for (const std::string lost : kLostStdout) {
    for (const std::string& json :
         std::vector<std::string>{"", " --json -", " --json " + (folder.path() / "j").string()}) {
      const std::string out = "lost" + std::to_string(++number);
      const Outcome outcome = run(folder, small_run(folder, out) + json + " " + lost);
      BOOST_TEST(outcome.status == 1, lost << json);
      BOOST_TEST(
          outcome.err.find("credence-bench: stdout: cannot be written: ") != std::string::npos,
          outcome.err);
      BOOST_TEST((files_of(folder, out) == expected), lost << json);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_ends_early_is_a_failure_too) {
  const TemporaryFolder folder;
  const std::filesystem::path status = folder.path() / "status";
  run(folder, "sh -c 'sleep 0.2; " CREDENCE_BENCH " summary LeNet5; echo $? >" + status.string() +
                  "' | true");
  BOOST_TEST(read_text(status) == "1\n");
}

BOOST_AUTO_TEST_CASE(a_run_that_can_tell_its_results_to_nobody_ends_at_once) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 100, 20);
  const Outcome outcome = run(folder, CREDENCE_BENCH " --data-dir " + folder.path().string() +
                                          " --epochs 1 --validation 16 >/dev/full");
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err == "credence-bench: stdout: cannot be written: No space left on device\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Tests of programs whose system calls or requests for memory fail, whose disk is full, and whose
// clock jumps. tests/faults_check.sh runs what takes longer.
#include "framework/io/safetensors.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/framework/support.hpp"

#include <filesystem>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(faults)

namespace {

namespace fs = std::filesystem;

const std::string kPreload = "LD_PRELOAD=" CREDENCE_SYSTEM_FAULTS;

// The last line of a text.
std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// A run of a few seconds, whose files are known.
std::vector<std::string> short_run(const fs::path& out) {
  return {"--dataset",         "synthetic-digits",
          "--model",           "MLP",
          "--widths",          "8,8",
          "--epochs",          "1",
          "--samples",         "1",
          "--training-images", "500",
          "--validation",      "100",
          "--threads",         "1",
          "--tensorboard",     "--out",
          out.string()};
}

bool same_model(const fs::path& a, const fs::path& b) {
  const io::SafeTensors first = io::load_safetensors(a);
  const io::SafeTensors second = io::load_safetensors(b);
  bool same = first.tensors.size() == second.tensors.size();
  for (std::size_t i = 0; same && i < first.tensors.size(); ++i) {
    same = same_bits(first.tensors[i].tensor, second.tensors[i].tensor);
  }
  return same;
}

// Runs credence-bench in a folder of 128 KiB that is a file system of its own. Nothing where this
// user may not mount one.
std::optional<Outcome> run_on_small_disk(const fs::path& folder,
                                         const std::vector<std::string>& arguments) {
  const std::string mount = "mount -t tmpfs -o size=128k none '" + folder.string() + "'";
  if (run_program("unshare", {"-rm", "sh", "-c", mount}).status != 0) return std::nullopt;
  std::vector<std::string> whole{
      "-rm", "sh",
      "-c",  mount + " && \"$@\"; status=$?; ls -A '" + folder.string() + "/out' >&2; exit $status",
      "sh",  CREDENCE_BENCH};
  whole.insert(whole.end(), arguments.begin(), arguments.end());
  return run_program("unshare", whole);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_system_call_of_readers_and_writers_may_fail) {
  const Outcome outcome = run_program(CREDENCE_FILE_FAULTS, {}, {kPreload});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST_MESSAGE(last_line(outcome.out));
  // A module that is not loaded, or counts nothing, is no success.
  BOOST_TEST(run_program(CREDENCE_FILE_FAULTS, {}).status == 2);
  BOOST_TEST(outcome.out.find("checkpoint, written: EIO at 0 calls") == std::string::npos);
  BOOST_TEST(outcome.out.find("checkpoint, written: EIO at ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(requests_for_memory_may_fail) {
  const Outcome outcome = run_program(CREDENCE_MEMORY_FAULTS, {"--every", "5"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST_MESSAGE(outcome.out);
  BOOST_TEST(run_program(CREDENCE_MEMORY_FAULTS, {"--every", "0"}).status == 2);
}

BOOST_AUTO_TEST_CASE(wrong_usage_of_the_script_is_said_in_one_line) {
  const std::string script = CREDENCE_SOURCE_ROOT "/tests/faults_check.sh";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--fast"}, {"--every", "0"}, {"--build"}, {"memories"}}) {
    std::vector<std::string> line{script};
    line.insert(line.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run_program("bash", line);
    BOOST_TEST(outcome.status == 2, arguments[0]);
    BOOST_TEST(outcome.err.starts_with("faults_check.sh: "), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_and_leaves_no_part_of_a_file) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "disk");
  std::vector<std::string> arguments = short_run(folder.path() / "disk" / "out");
  // Checkpoints of about 400 kB.
  arguments[5] = "128,8";
  const std::optional<Outcome> outcome = run_on_small_disk(folder.path() / "disk", arguments);
  if (!outcome) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a file system in a namespace");
    return;
  }
  BOOST_TEST(outcome->status == 1);
  BOOST_TEST(outcome->err.find("cannot be written: No space left on device\n") != std::string::npos,
             outcome->err);
  BOOST_TEST(outcome->err.find(".tmp") == std::string::npos, outcome->err);
}

BOOST_AUTO_TEST_CASE(a_clock_that_jumps_changes_no_result) {
  const TemporaryFolder folder;
  const fs::path steady = folder.path() / "steady";
  const fs::path jumping = folder.path() / "jumping";
  const Outcome first = run_program(CREDENCE_BENCH, short_run(steady));
  BOOST_TEST_REQUIRE(first.status == 0, first.err);
  // Three years back at each second look.
  const Outcome second = run_program(CREDENCE_BENCH, short_run(jumping),
                                     {kPreload, "CREDENCE_FAULT_CLOCK=-100000000"});
  BOOST_TEST_REQUIRE(second.status == 0, second.err);
  // No time is negative: neither "-1:05" nor "  -12 images/s".
  BOOST_TEST(!std::regex_search(second.err, std::regex(" -[0-9]")), second.err);
  for (const char* family : {"frequentist", "bayesian"}) {
    const std::string file = std::string(family) + ".safetensors";
    BOOST_TEST(same_model(steady / file, jumping / file), file);
  }
  const std::string events = "tensorboard/bayesian/events.out.tfevents.credence";
  BOOST_TEST(fs::file_size(steady / events) == fs::file_size(jumping / events));
}

BOOST_AUTO_TEST_CASE(files_have_the_modes_that_the_umask_says) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "out";
  std::vector<std::string> arguments{"-c", "umask 027 && exec \"$@\"", "sh", CREDENCE_BENCH};
  for (const std::string& argument : short_run(out)) arguments.push_back(argument);
  const Outcome outcome = run_program("sh", arguments);
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(out)) {
    const auto mode = static_cast<unsigned>(entry.status().permissions());
    BOOST_TEST(mode == (entry.is_directory() ? 0750U : 0640U), entry.path());
    ++files;
  }
  BOOST_TEST(files >= 6);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Tests of what a run of credence-bench does to a folder with files of an earlier run.
#include "framework/io/checkpoint.hpp"
#include "framework/io/folder_lock.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "zoo/lenet5.hpp"

#include <filesystem>
#include <map>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace credence::test {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The bytes and the time of each file, by name.
using Snapshot = std::map<std::string, std::pair<std::string, fs::file_time_type>>;

Snapshot snapshot_of(const fs::path& folder) {
  Snapshot snapshot;
  for (const auto& entry : fs::directory_iterator(folder)) {
    snapshot[entry.path().filename().string()] = {read_text(entry.path()), entry.last_write_time()};
  }
  return snapshot;
}

// The names of files that are not in both, or that differ.
std::string changes(const Snapshot& before, const Snapshot& after) {
  std::string names;
  for (const auto& [name, file] : before) {
    if (!after.contains(name)) names += " -" + name;
    if (after.contains(name) && after.at(name) != file) names += " " + name;
  }
  for (const auto& [name, file] : after) {
    if (!before.contains(name)) names += " +" + name;
  }
  return names;
}

// The number of a process that is no more.
pid_t ended_process() {
  const pid_t process = ::fork();
  if (process == 0) ::_exit(0);
  ::waitpid(process, nullptr, 0);
  return process;
}

// A data set of a few hundred digits and a folder for runs.
struct Folders {
  TemporaryFolder data;
  TemporaryFolder runs;
  fs::path out = runs.path() / "out";

  Folders() { write_small_mnist(data, 300, 50); }

  // A very short run. Later options override earlier ones.
  Outcome run(const Arguments& more) const {
    Arguments arguments{
        "--data-dir",   data.path().string(), "--out", out.string(),   "--validation",
        "100",          "--samples",          "2",     "--batch-size", "64",
        "--no-progress"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(CREDENCE_BENCH, arguments);
  }

  Outcome acc(Arguments more = {}) const {
    more.insert(more.begin(), {"--epochs", "1"});
    return run(more);
  }

  std::size_t states() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(out)) {
      count += contains(entry.path().filename().string(), ".state.") ? 1 : 0;
    }
    return count;
  }

  // A long run that is interrupted, and again until it leaves so many states.
  Outcome interrupt(const Arguments& more, std::size_t wanted) const {
    Outcome outcome;
    // A busy machine may take long to start.
    for (double seconds = 0.5; seconds < 100; seconds *= 2) {
      Arguments arguments{
          "--data-dir",   data.path().string(), "--out",  out.string(),   "--validation",
          "100",          "--epochs",           "100000", "--batch-size", "256",
          "--no-progress"};
      arguments.insert(arguments.end(), more.begin(), more.end());
      if (fs::exists(out / "frequentist.state.safetensors")) arguments.emplace_back("--resume");
      outcome = run_interrupted(seconds, CREDENCE_BENCH, arguments);
      BOOST_TEST(outcome.status == 130, outcome.err);
      if (contains(outcome.err, "interrupted;") && states() >= wanted) break;
    }
    return outcome;
  }

  // Checks for one line with the part on stderr, nothing on stdout, and no changed file.
  void check_refused(const Arguments& arguments, const std::string& part) const {
    const Snapshot before = snapshot_of(out);
    const Outcome outcome = run(arguments);
    BOOST_TEST(outcome.status == 1, part << ": status " << outcome.status);
    BOOST_TEST(outcome.out == "", outcome.out);
    BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
    BOOST_TEST(contains(outcome.err, part), outcome.err);
    const std::string changed = changes(before, snapshot_of(out));
    BOOST_TEST(changed == "", part << ": changed" << changed);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(run_folder, Folders)

BOOST_AUTO_TEST_CASE(a_run_that_cannot_be_made_touches_nothing) {
  for (const char* name : {"frequentist.state.safetensors", "bayesian.state.safetensors",
                           "frequentist.safetensors", "bayesian.safetensors", "results.json"}) {
    runs.write(std::string("out/") + name, "precious");
  }
  for (const Arguments& force : {Arguments{}, Arguments{"--force"}}) {
    const auto check = [&](Arguments arguments, const std::string& part) {
      arguments.insert(arguments.end(), force.begin(), force.end());
      check_refused(arguments, part);
    };
    check({"--data-dir", (runs.path() / "nowhere").string()}, "nowhere");
    check({"--training-images", "70000"}, "70000 training images");
    check({"--validation", "300"}, "300 images cannot be held back");
    check({"--task", "init", "--pretrained", (runs.path() / "missing").string()}, "missing");
    check({"--task", "uncert", "--pretrained", (out / "results.json").string()}, "results.json");
    check({"--model", "VGG11", "--dataset", "mnist"}, "VGG11 takes images");
    check({"--json", (runs.path() / "nodir" / "x.json").string()}, force.empty() ? "out" : "nodir");
  }
}

BOOST_AUTO_TEST_CASE(a_saved_state_is_gone_on_from_or_replaced_as_asked) {
  runs.write("out/bayesian.state.safetensors", "precious");
  check_refused({"--epochs", "1"},
                "bayesian.state.safetensors: is the saved state of an "
                "interrupted run; --resume goes on from it, --force begins anew");
  check_refused({"--task", "uncert", "--epochs", "1"}, "--force");
  check_refused({"--epochs", "1", "--resume"}, "bayesian.state.safetensors: ");
  const Outcome forced = acc({"--force"});
  BOOST_TEST(forced.status == 0, forced.err);
  BOOST_TEST(!fs::exists(out / "bayesian.state.safetensors"));
  BOOST_TEST(fs::exists(out / "results.json"));
}

BOOST_AUTO_TEST_CASE(results_are_replaced_by_force_alone) {
  BOOST_TEST(acc().status == 0);
  check_refused({"--epochs", "1"}, "results.json: is there from an earlier run; --force replaces");
  check_refused({"--task", "uncert", "--epochs", "1"}, "results.json: is there");
  const Snapshot first = snapshot_of(out);
  const Outcome forced = acc({"--force", "--seed", "2"});
  BOOST_TEST(forced.status == 0, forced.err);
  const Snapshot second = snapshot_of(out);
  // results.json, config.toml, two checkpoints, and two learning curves in two formats.
  BOOST_TEST(first.size() == 8U);
  BOOST_TEST(second.size() == 8U);
  for (const auto& [name, file] : first) {
    BOOST_TEST((second.at(name).first != file.first), name);
  }
  fs::remove(out / "results.json");
  fs::remove(out / "bayesian.safetensors");
  check_refused({"--epochs", "1"}, "frequentist.safetensors: is there");
  check_refused({"--epochs", "1", "--resume"}, "frequentist.safetensors: is there");
}

BOOST_AUTO_TEST_CASE(figures_are_results_too) {
  runs.write("out/angles.svg", "drawn before");
  check_refused({"--task", "uncert", "--epochs", "1"}, "angles.svg: is there");
  // A run of another task.
  BOOST_TEST(acc().status == 0);
  BOOST_TEST(read_text(out / "angles.svg") == "drawn before");
}

BOOST_AUTO_TEST_CASE(resume_of_a_finished_run_says_so_and_leaves_it) {
  BOOST_TEST(acc().status == 0);
  const Snapshot before = snapshot_of(out);
  for (const Arguments& more : {Arguments{}, {"--threads", "1", "--n-workers", "0"}}) {
    Arguments arguments{"--resume"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = acc(arguments);
    BOOST_TEST(outcome.status == 0, outcome.err);
    BOOST_TEST(outcome.out == "finished: " + (out / "results.json").string() + "\n");
    BOOST_TEST(outcome.err == "");
    BOOST_TEST((snapshot_of(out) == before));
  }
  const Outcome json = acc({"--resume", "--json", "-"});
  BOOST_TEST(json.status == 0);
  BOOST_TEST(json.out == before.at("results.json").first);
  fs::remove(out / "bayesian.safetensors");
  check_refused({"--epochs", "1", "--resume"}, "bayesian.safetensors: is missing");
}

BOOST_AUTO_TEST_CASE(resume_with_other_settings_names_them) {
  BOOST_TEST(acc().status == 0);
  check_refused({"--epochs", "2", "--resume"}, "results.json: is of a run with epochs 1, not 2;");
  const auto check = [&](Arguments arguments, const std::string& part) {
    arguments.insert(arguments.begin(), {"--epochs", "1", "--resume"});
    check_refused(arguments, "results.json: is of a run with " + part);
  };
  check({"--seed", "2"}, "seed 1, not 2;");
  check({"--batch-size", "32"}, "batch size 64, not 32;");
  check({"--lr", "0.01", "0.001"}, "learning rates 0.01 and 0.01, not 0.01 and 0.001;");
  check({"--samples", "3"}, "samples 2, not 3;");
  check({"--temperature", "0.5"}, "temperature 1, not 0.5;");
  check({"--log-alpha", "-6", "--largest-log-alpha", "-4"}, "log alpha -8, not -6;");
  check({"--kl-warm-up", "0.5"}, "kl warm up 0, not 0.5;");
  check({"--kl-delay", "0.5"}, "kl delay 0, not 0.5;");
  check({"--samples-per-step", "2"}, "samples per step 1, not 2;");
  check({"--spread-lr", "1"}, "spread learning rate 10, not 1;");
  check({"--average", "0"}, "average 0.4, not 0;");
  check({"--log-alpha", "-8", "--largest-log-alpha", "-3"}, "largest log alpha -4, not -3;");
  check({"--recipe", "bayetorch", "--lr", "0.01", "0.01", "--average", "0.4", "--spread-lr", "10",
         "--log-alpha", "-8", "--largest-log-alpha", "-4"},
        "recipe credence, not bayetorch;");
  check({"--widths", "6,16,120,60"}, "widths none, not 6 and 16 and 120 and 60;");
  check({"--activation", "relu"}, "activation none, not relu;");
  check({"--validation", "50"}, "training images 200, not 250;");
  check({"--training-images", "20"}, "training images 200, not 20;");
  // Tasks also have different learning rates, which are compared first.
  check({"--task", "uncert", "--lr", "0.01"}, "learning rates");
  check({"--dataset", "synthetic-digits"}, "dataset mnist, not synthetic-digits;");
  // The same number of images of the same name, with one pixel changed.
  fs::path images = data.path() / data::idx_file_names(data::Split::test).images;
  std::string bytes = read_text(images);
  bytes.back() = static_cast<char>(bytes.back() + 1);
  data.write(images.filename().string(), bytes);
  check({}, "data checksum crc32:");
}

BOOST_AUTO_TEST_CASE(resume_of_an_interrupted_run_with_other_settings_is_refused_before_it_begins) {
  interrupt({}, 1);
  check_refused({"--epochs", "100000", "--batch-size", "256", "--samples", "15"},
                "frequentist.state.safetensors: is the saved state");
  check_refused(
      {"--epochs", "100000", "--batch-size", "256", "--samples", "15", "--seed", "2", "--resume"},
      "frequentist.state.safetensors: is of a run with seed 1, not 2;");
  check_refused({"--epochs", "100000", "--batch-size", "128", "--samples", "15", "--resume"},
                "is of a run with batch size 256, not 128;");
}

BOOST_AUTO_TEST_CASE(resume_where_nothing_was_run_begins_and_says_so) {
  const Outcome outcome = acc({"--resume"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err ==
             "credence-bench: nothing to resume in " + out.string() + "; the run begins\n");
  BOOST_TEST(fs::exists(out / "results.json"));
}

BOOST_AUTO_TEST_CASE(a_run_never_replaces_the_model_that_it_begins_from) {
  fs::create_directories(out);
  zoo::LeNet5 model({.classes = 10}, Generator(1));
  const fs::path pretrained = out / "bayesian.safetensors";  // where the run would write
  io::save_checkpoint(pretrained, model, {});
  check_refused({"--task", "init", "--epochs", "1", "--pretrained", pretrained.string(), "--force"},
                "is the model of --pretrained");
  check_refused({"--task", "init", "--epochs", "1", "--pretrained", pretrained.string(), "--json",
                 pretrained.string(), "--out", (runs.path() / "other").string()},
                "--json would replace it");
}

BOOST_AUTO_TEST_CASE(another_pretrained_model_is_another_run) {
  fs::create_directories(out);
  const fs::path pretrained = runs.path() / "model.safetensors";
  const Arguments arguments{"--task", "init", "--epochs", "1", "--pretrained", pretrained.string()};
  zoo::LeNet5 first({.classes = 10}, Generator(1));
  io::save_checkpoint(pretrained, first, {});
  BOOST_TEST(run(arguments).status == 0);
  Arguments resumed = arguments;
  resumed.emplace_back("--resume");
  const Outcome finished = run(resumed);
  BOOST_TEST(finished.status == 0, finished.err);
  BOOST_TEST(contains(finished.out, "finished"));
  zoo::LeNet5 second({.classes = 10}, Generator(2));
  io::save_checkpoint(pretrained, second, {});
  check_refused(resumed, "pretrained checksum crc32:");
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_named_and_no_file_is_made_beside_a_result) {
  const TemporaryFolder folder;
  const std::string json = (folder.path() / "nodir" / "x.json").string();
  const Outcome outcome = run_program(
      CREDENCE_BENCH, {"--data-dir", data.path().string(), "--json", json, "--validation", "100"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err == "credence-bench: " + json +
                                ": cannot be written: there is no folder \"" +
                                (folder.path() / "nodir").string() + "\"\n");
  // A check for writing may choose this name.
  folder.write("x.json.probe", "precious");
  BOOST_TEST(acc({"--json", (folder.path() / "x.json").string()}).status == 0);
  BOOST_TEST(read_text(folder.path() / "x.json.probe") == "precious");
  BOOST_TEST(snapshot_of(folder.path()).size() == 2U);
}

BOOST_AUTO_TEST_CASE(force_and_resume_do_not_go_together) {
  for (const Arguments& arguments : {Arguments{"--force", "--resume", "--out", "x"}, {"--force"}}) {
    const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(contains(outcome.err, "--force"), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_belongs_to_one_run_at_a_time) {
  const std::string refusal = "credence-bench: " + out.string() + ": is in use by process " +
                              std::to_string(::getpid()) + ", which writes into it until it ends\n";
  {
    const io::FolderLock lock(out);
    for (const char* how : {"--resume", "--force"}) {
      check_refused({"--epochs", "1", how}, refusal);
    }
  }
  BOOST_TEST(acc().status == 0);
  {
    const io::FolderLock lock(out);
    // Nothing is read from it either: the other run may be about to replace what is there.
    check_refused({"--epochs", "1", "--resume"}, refusal);
  }
  BOOST_TEST(!fs::exists(out / io::FolderLock::kFile));
}

// A killed run is one whose files are there from some moment on.
BOOST_AUTO_TEST_CASE(a_run_that_was_killed_after_its_last_file_is_finished) {
  BOOST_TEST(acc().status == 0);
  const Snapshot before = snapshot_of(out);
  for (const char* state : {"bayesian.state.safetensors", "bayesian.state.1.safetensors",
                            "frequentist.state.3.safetensors"}) {
    runs.write(std::string("out/") + state, "a state");
  }
  runs.write("out/.credence-" + std::to_string(ended_process()) + "-0.tmp", "half of a file");
  const Outcome outcome = acc({"--resume"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.out == "finished: " + (out / "results.json").string() + "\n");
  BOOST_TEST((snapshot_of(out) == before));
}

BOOST_AUTO_TEST_CASE(so_many_states_are_kept_as_asked_for) {
  const auto check = [&](const Arguments& keep, std::size_t expected) {
    fs::remove_all(out);
    interrupt(keep, expected);
    BOOST_TEST(states() == expected);
  };
  check({}, 2);
  check({"--keep", "1"}, 1);
  check({"--keep", "4"}, 4);
  for (const char* wrong : {"0", "101", "-1", "two"}) {
    const Outcome outcome = acc({"--keep", wrong});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(contains(outcome.err, "--keep"), outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_state_is_reported_and_the_one_before_it_used) {
  interrupt({}, 2);
  const std::string newest = (out / "frequentist.state.safetensors").string();
  const std::string older = (out / "frequentist.state.1.safetensors").string();
  std::string bytes = read_text(newest);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  runs.write("out/frequentist.state.safetensors", bytes);
  const Outcome outcome = interrupt({}, 2);
  BOOST_TEST(
      outcome.err.starts_with("credence-bench: " + newest + ": is damaged: its checksum is "),
      outcome.err);
  BOOST_TEST(contains(outcome.err, "; the run goes on from the state before it, " + older + "\n"),
             outcome.err);
  // The line of the damage, and that of the interruption.
  BOOST_TEST(line_count(outcome.err) == 2, outcome.err);
  BOOST_TEST(interrupt({}, 2).err.find("damaged") == std::string::npos);
  for (const std::string& state : {newest, older}) fs::resize_file(state, 100);
  check_refused({"--epochs", "100000", "--batch-size", "256", "--samples", "15", "--resume"},
                newest + ": ");
}

BOOST_AUTO_TEST_CASE(the_models_that_are_read_are_not_replaced_by_json) {
  fs::create_directories(out);
  zoo::LeNet5 model({.classes = 10}, Generator(1));
  const std::string file = (out / "model.safetensors").string();
  io::save_checkpoint(file, model, {{"model", "LeNet5"}});
  const Snapshot before = snapshot_of(out);
  const Outcome outcome = run_program(CREDENCE_BENCH, {"evaluate", "--checkpoint", file, "--json",
                                                       file, "--data-dir", data.path().string()});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err ==
             "credence-bench: " + file + ": is read by this command, --json would replace it\n");
  BOOST_TEST((snapshot_of(out) == before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

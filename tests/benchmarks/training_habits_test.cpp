// Tests of the options of training habits, the logs and the learning curves of credence-bench.
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "tests/training/event_reader.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(training_habits)

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

// Runs of task acc on the same few hundred images, each into its own folder.
class Runs {
 public:
  Runs() { write_small_mnist(data_, 300, 40); }
  fs::path folder(const std::string& name) const { return out_.path() / name; }

  Outcome start(const std::string& name, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"--out", folder(name).string(), "--no-progress"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(CREDENCE_BENCH, arguments);
  }
  // Returns the run's results.json.
  Json run(const std::string& name, const std::vector<std::string>& more) const {
    const Outcome outcome = start(name, more);
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    return Json::parse(read_text(folder(name) / "results.json"));
  }
  // What all runs have in common.
  std::vector<std::string> with(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{
        "--data-dir", data_.path().string(), "--model", "MLP",          "--validation",
        "44",         "--samples",           "2",       "--batch-size", "64"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

 private:
  TemporaryFolder data_;
  TemporaryFolder out_;
};

// The results without what differs from run to run.
Json timeless(Json results) {
  results.erase("program");
  for (Json& family : results.at("families")) {
    family.erase("training_seconds");
    for (Json& epoch : family.at("epochs")) {
      epoch.erase("seconds");
      epoch.erase("images_per_second");
    }
  }
  return results;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_run_has_logs_curves_and_a_config_that_repeats_it) {
  const Runs runs;
  const Json results = runs.run(
      "first", runs.with({"--epochs", "2", "--accumulate", "2", "--schedule", "one-cycle",
                          "--label-smoothing", "0.1", "--class-weights", "1,1,1,1,1,1,1,1,1,2",
                          "--keep-best", "--log", "1", "--tensorboard"}));
  const fs::path folder = runs.folder("first");
  BOOST_TEST(results.at("settings").at("accumulate") == 2);
  BOOST_TEST(results.at("settings").at("class_weights").back() == 2.0);
  BOOST_TEST(results.at("settings").at("patience").is_null());
  for (const std::string trial : {"frequentist", "bayesian"}) {
    // 256 images in batches of 64, of which two make a step.
    BOOST_TEST(line_count(read_text(folder / (trial + ".log.steps.csv"))) == 1 + 2 * 2);
    BOOST_TEST(line_count(read_text(folder / (trial + ".log.epochs.csv"))) == 1 + 2);
    BOOST_TEST(line_count(read_text(folder / (trial + ".log.jsonl"))) == 2 * 3);
    const std::vector<Event> events =
        read_events(read_text(folder / "tensorboard" / trial / "events.out.tfevents.credence"));
    const bool log_alpha = std::any_of(events.begin(), events.end(), [](const Event& event) {
      return event.tag.starts_with("log_alpha/") && event.histogram;
    });
    BOOST_TEST(log_alpha == (trial == "bayesian"));
    BOOST_TEST(events.back().tag == "learning curve");
    BOOST_TEST(events.back().image->png ==
               read_text(folder / ("learning-curve-" + trial + ".png")));
    BOOST_TEST(events.back().image->width > 300U);
  }
  const Json& bayesian = results.at("families")[1];
  BOOST_TEST(bayesian.at("epochs")[1].at("kl_per_layer") == bayesian.at("kl_per_layer"));
  BOOST_TEST(bayesian.at("epochs")[0].at("mean_log_alpha").size() == 3U);
  std::vector<double> nll;
  for (const Json& epoch : bayesian.at("epochs")) nll.push_back(epoch.at("validation").at("nll"));
  BOOST_TEST(bayesian.at("kept_epoch") == (nll[1] < nll[0] ? 2 : 1));

  const std::string config = read_text(folder / "config.toml");
  BOOST_TEST(config.find("out=") == std::string::npos);
  const Json again = runs.run("again", {"--config", (folder / "config.toml").string()});
  BOOST_TEST(timeless(again) == timeless(results));
  BOOST_TEST(read_text(runs.folder("again") / "config.toml").find("one-cycle") !=
             std::string::npos);
  // The command line comes first.
  const Json shorter =
      runs.run("shorter", {"--config", (folder / "config.toml").string(), "--epochs", "1"});
  BOOST_TEST(shorter.at("families")[0].at("epochs").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_run_ends_early_and_a_finished_one_is_told_by_its_habits) {
  const Runs runs;
  // With such a rate nothing improves after the first epoch.
  const std::vector<std::string> arguments =
      runs.with({"--epochs", "5", "--lr", "1e-30", "1e-30", "--patience", "2"});
  const Json results = runs.run("out", arguments);
  BOOST_TEST(results.at("families")[0].at("epochs").size() == 3U);
  BOOST_TEST(!results.at("families")[0].contains("kept_epoch"));
  std::vector<std::string> other = arguments;
  other.back() = "3";
  other.emplace_back("--resume");
  const Outcome refused = runs.start("out", other);
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(refused.err.find("is of a run with patience 2, not 3") != std::string::npos,
             refused.err);
}

BOOST_AUTO_TEST_CASE(options_that_do_not_go_together_are_wrong_usage) {
  const Runs runs;
  const auto refused = [&](const std::vector<std::string>& more, const std::string& why) {
    const Outcome outcome = runs.start("none", runs.with(more));
    BOOST_TEST(outcome.status == 2, why);
    BOOST_TEST(outcome.err.find(why) != std::string::npos, outcome.err);
  };
  refused({"--watch", "loss"}, "--watch: nothing follows from it");
  refused({"--min-delta", "1"}, "--min-delta: is for --patience alone");
  refused({"--schedule-period", "2"}, "--schedule-period: is for --schedule step alone");
  refused({"--schedule", "cosine", "--schedule-factor", "0.5"}, "--schedule-factor: is for");
  refused({"--schedule", "stairs"}, "--schedule");
  refused({"--task", "compare", "--patience", "2"}, "--patience: methods train in their own way");
  refused({"--validation", "0", "--keep-best", "--watch", "validation nll"},
          "--watch: no samples are held back");
  refused({"--config", "/nothing/here.toml"}, "here.toml");
  const Outcome without = run_program(CREDENCE_BENCH, {"--log", "1"});
  BOOST_TEST(without.status == 2);
  BOOST_TEST(without.err.find("--log: needs --out") != std::string::npos, without.err);
  const TemporaryFolder folder;
  folder.write("run.toml", "epocs = 3\n");
  refused({"--config", (folder.path() / "run.toml").string()}, "epocs");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

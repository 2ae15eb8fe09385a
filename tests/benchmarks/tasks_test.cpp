// Tests of the tasks init and uncert of credence-bench, and of interrupted runs.
#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "zoo/lenet5.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(tasks)

namespace {

using Json = nlohmann::json;

Json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

// Runs of a task on the same few hundred images, each into its own folder.
class Runs {
 public:
  explicit Runs(std::string task) : task_(std::move(task)) { write_small_mnist(data_, 400, 60); }

  std::filesystem::path folder(const std::string& name) const { return out_.path() / name; }

  // Returns the run's results.json.
  Json run(const std::string& name, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"--task",       task_,
                                       "--data-dir",   data_.path().string(),
                                       "--out",        folder(name).string(),
                                       "--validation", "100",
                                       "--batch-size", "64",
                                       "--samples",    "3",
                                       "--no-progress"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    BOOST_TEST(outcome.err == "");
    return read_json(folder(name) / "results.json");
  }

 private:
  std::string task_;
  TemporaryFolder data_;
  TemporaryFolder out_;
};

// The results.json of one such run, and the names of its files.
Json results(const std::string& task, const std::vector<std::string>& more) {
  const Runs runs(task);
  Json json = runs.run("out", more);
  for (const auto& entry : std::filesystem::directory_iterator(runs.folder("out"))) {
    json["files"].push_back(entry.path().filename().string());
    if (entry.path().filename() == "config.toml") continue;
    json["smallest_file"] =
        std::min(json.value("smallest_file", std::uintmax_t{1} << 40), entry.file_size());
  }
  return json;
}

bool has_file(const Json& json, const std::string& name) {
  const auto files = json.at("files").get<std::vector<std::string>>();
  return std::find(files.begin(), files.end(), name) != files.end();
}

}  // namespace

BOOST_AUTO_TEST_CASE(init_starts_where_the_frequentist_model_ended) {
  const Json json = results("init", {"--epochs", "4", "1"});
  const Json& pretrained = json.at("pretrained").at("test_after_last_epoch");
  BOOST_TEST(json.at("start_with_posterior_mean").at("accuracy") == pretrained.at("accuracy"));
  BOOST_TEST(json.at("start_with_posterior_mean").at("nll") == pretrained.at("nll"));
  BOOST_TEST(json.at("trained").at("activation") == "relu");
  BOOST_TEST(json.at("pretrained").at("epochs").size() == 4U);
  BOOST_TEST(json.at("trained").at("epochs").size() == 1U);
  BOOST_TEST(has_file(json, "bayesian.safetensors"));
}

BOOST_AUTO_TEST_CASE(frozen_weights_stay_as_they_were_converted) {
  const Json json = results("init", {"--epochs", "2", "2", "--freeze"});
  const Json& mean = json.at("trained").at("test_with_posterior_mean");
  BOOST_TEST(mean.at("nll") == json.at("start_with_posterior_mean").at("nll"));
  BOOST_TEST(json.at("settings").at("freeze") == true);
}

// The result equals that of a run that trains the frequentist model itself.
BOOST_AUTO_TEST_CASE(init_goes_on_from_a_pretrained_checkpoint) {
  const Runs runs("init");
  const std::string pretrained = (runs.folder("both") / "frequentist.safetensors").string();
  const Json both = runs.run("both", {"--epochs", "2", "1"});
  const Json second = runs.run("second", {"--pretrained", pretrained, "--epochs", "1"});
  BOOST_TEST(second.at("start") == both.at("start"));
  BOOST_TEST(second.at("trained").at("test_after_last_epoch") ==
             both.at("trained").at("test_after_last_epoch"));
  BOOST_TEST(second.at("pretrained").at("test_after_last_epoch") ==
             both.at("pretrained").at("test_after_last_epoch"));
  BOOST_TEST(second.at("settings").at("pretrained") == pretrained);
  BOOST_TEST(!std::filesystem::exists(runs.folder("second") / "frequentist.safetensors"));
  BOOST_TEST((read_text(runs.folder("second") / "bayesian.safetensors") ==
              read_text(runs.folder("both") / "bayesian.safetensors")));
  const Json sharp = runs.run(
      "sharp", {"--pretrained", pretrained, "--epochs", "1", "--activation", "softplus:10"});
  BOOST_TEST(sharp.at("pretrained").at("activation") == "relu");
  BOOST_TEST(sharp.at("pretrained").at("test_after_last_epoch") ==
             both.at("pretrained").at("test_after_last_epoch"));
  BOOST_TEST(sharp.at("trained").at("activation") == "softplus(beta = 10)");
}

BOOST_AUTO_TEST_CASE(init_refuses_what_is_no_frequentist_model_of_the_run) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 400, 60);
  const auto check = [&](const std::string& file, const std::string& part) {
    const Outcome outcome =
        run_program(CREDENCE_BENCH, {"--task", "init", "--pretrained", file, "--data-dir",
                                     folder.path().string(), "--validation", "100"});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
    BOOST_TEST(outcome.err.find(part) != std::string::npos, outcome.err);
  };
  const auto save = [&](const std::string& name, nn::Module& model,
                        const std::map<std::string, std::string>& metadata) {
    const std::filesystem::path file = folder.path() / name;
    io::save_checkpoint(file, model, metadata);
    return file.string();
  };
  zoo::BayesianLeNet5 bayesian({.classes = 10}, Generator(1));
  zoo::LeNet5 three_classes({.classes = 3}, Generator(1));
  zoo::LeNet5 model({.classes = 10}, Generator(1));
  check(folder.path() / "none.safetensors", "none.safetensors: ");
  check(save("bayesian.safetensors", bayesian, {}), "is of a Bayesian model");
  check(save("three.safetensors", three_classes, {}), "3 classes");
  check(save("vgg.safetensors", model, {{"model", "VGG11"}}), "is of VGG11");
  check(save("normalised.safetensors", model, {{"mean", "0.1307"}, {"std", "0.3081"}}),
        "normalised images");
}

BOOST_AUTO_TEST_CASE(uncert_draws_its_figures) {
  const Json json = results("uncert", {"--epochs", "1", "--lr", "1e-3"});
  BOOST_TEST(json.at("turned_images") == 60);
  BOOST_TEST(json.at("angles").size() == 12U);
  BOOST_TEST(json.at("angles").at(11).at("angle") == 330);
  for (const Json& angle : json.at("angles")) {
    BOOST_TEST(angle.at("epistemic").at("mean") > 0);
    BOOST_TEST(angle.at("epistemic").at("mean") < 1);
    BOOST_TEST(angle.at("aleatoric").at("mean") > 0);
  }
  for (const char* name : {"turned.png", "turned.svg", "angles.png", "angles.svg"}) {
    BOOST_TEST(has_file(json, name), name);
  }
  BOOST_TEST(json.at("smallest_file") > 1000);
}

// The figures of a trained model equal those of the run that trained it. Cairo numbers the parts of
// its SVG files in the order in which a process draws them, so that pictures are compared.
BOOST_AUTO_TEST_CASE(uncert_draws_the_figures_of_a_checkpoint) {
  const Runs runs("uncert");
  const Json trained = runs.run("trained", {"--epochs", "2", "--batch-size", "64"});
  const Json drawn = runs.run(
      "drawn", {"--pretrained", (runs.folder("trained") / "bayesian.safetensors").string()});
  BOOST_TEST(drawn.at("angles") == trained.at("angles"));
  BOOST_TEST(drawn.at("family").at("kl_per_layer") == trained.at("family").at("kl_per_layer"));
  BOOST_TEST(drawn.at("family").at("test_after_last_epoch") ==
             trained.at("family").at("test_after_last_epoch"));
  for (const char* figure : {"turned.png", "angles.png"}) {
    BOOST_TEST(
        (read_text(runs.folder("drawn") / figure) == read_text(runs.folder("trained") / figure)),
        figure);
  }
  BOOST_TEST(!std::filesystem::exists(runs.folder("drawn") / "bayesian.safetensors"));
}

// The results equal those of an uninterrupted run, whenever the signals arrive.
BOOST_AUTO_TEST_CASE(an_interrupted_run_goes_on_to_the_same_results) {
  const TemporaryFolder data;
  const TemporaryFolder whole;
  const TemporaryFolder interrupted;
  write_small_mnist(data, 400, 60);
  const auto arguments = [&](const TemporaryFolder& out) {
    return std::vector<std::string>{"--data-dir",   data.path().string(),
                                    "--out",        out.path().string(),
                                    "--epochs",     "2",
                                    "--validation", "100",
                                    "--samples",    "3",
                                    "--batch-size", "16"};
  };
  BOOST_TEST(run_program(CREDENCE_BENCH, arguments(whole)).status == 0);
  Outcome outcome;
  outcome.status = 130;
  int attempts = 0;
  // Longer each time: on a busy machine the start alone may take seconds.
  double seconds = 0.05;
  while (outcome.status == 130 && ++attempts <= 45) {
    std::vector<std::string> command = arguments(interrupted);
    if (attempts > 1) command.emplace_back("--resume");
    outcome = run_interrupted(seconds, CREDENCE_BENCH, command);
    seconds *= 1.2;
    if (outcome.err.find("interrupted") == std::string::npos) continue;
    BOOST_TEST(outcome.status == 130);
    BOOST_TEST(outcome.err.find("interrupted; the same command with --resume goes on from " +
                                interrupted.path().string()) != std::string::npos,
               outcome.err);
  }
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(attempts > 1);
  const auto families = [](const TemporaryFolder& out) {
    Json result = read_json(out.path() / "results.json").at("families");
    for (Json& family : result) {
      family.erase("training_seconds");
      for (Json& epoch : family.at("epochs")) {
        epoch.erase("seconds");
        epoch.erase("images_per_second");
      }
    }
    return result;
  };
  BOOST_TEST(families(interrupted) == families(whole));
  for (const std::string name : {"frequentist", "bayesian"}) {
    const std::string model = name + ".safetensors";
    BOOST_TEST((read_text(interrupted.path() / model) == read_text(whole.path() / model)), model);
    BOOST_TEST(!std::filesystem::exists(interrupted.path() / (name + ".state.safetensors")));
  }
}

BOOST_AUTO_TEST_CASE(a_state_that_does_not_fit_ends_the_program) {
  const TemporaryFolder data;
  write_small_mnist(data, 400, 60);
  data.write("out/frequentist.state.safetensors", "no state");
  const Outcome outcome =
      run_program(CREDENCE_BENCH, {"--data-dir", data.path().string(), "--validation", "100",
                                   "--out", (data.path() / "out").string(), "--resume"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
  BOOST_TEST(outcome.err.find("out/frequentist.state.safetensors: ") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Tasks init and uncert, as a user runs them.
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"

#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {
namespace {

using Json = nlohmann::json;

Json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

// Runs a task on a few hundred images into OUT and returns its results.json.
Json results(const std::string& task, const std::vector<std::string>& more) {
  const TemporaryFolder data;
  const TemporaryFolder out;
  write_small_mnist(data, 400, 60);
  std::vector<std::string> arguments{"--task",       task,
                                     "--data-dir",   data.path().string(),
                                     "--out",        out.path().string(),
                                     "--validation", "100",
                                     "--batch-size", "64",
                                     "--samples",    "3",
                                     "--no-progress"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.err == "");
  Json json = read_json(out.path() / "results.json");
  for (const auto& entry : std::filesystem::directory_iterator(out.path())) {
    json["files"].push_back(entry.path().filename().string());
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

BOOST_AUTO_TEST_SUITE(tasks)

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

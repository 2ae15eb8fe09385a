// Tests of the task compare of credence-bench, and of the commands that read the files of methods.
#include "bayes/predictions.hpp"
#include "benchmarks/driver/images.hpp"
#include "data/idx.hpp"
#include "data/loader.hpp"
#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "zoo/lenet5.hpp"

#include <cmath>
#include <filesystem>
#include <map>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(compare)

namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

// Data, and a run of the task on it.
class Compared {
 public:
  Compared() {
    write_small_mnist(data_, 300, 60);
    results_ = run("first", {});
  }

  Outcome outcome(const std::string& name, const Arguments& more) const {
    Arguments arguments{"--task",       "compare",
                        "--methods",    "deterministic,variational,ensemble",
                        "--members",    "3",
                        "--epochs",     "2",
                        "--activation", "relu",
                        "--ood-data",   "rotation",
                        "--data-dir",   data_.path().string(),
                        "--out",        folder(name).string(),
                        "--validation", "50",
                        "--batch-size", "16",
                        "--samples",    "4",
                        "--no-progress"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(CREDENCE_BENCH, arguments);
  }

  Json run(const std::string& name, const Arguments& more) const {
    const Outcome result = outcome(name, more);
    BOOST_TEST_REQUIRE(result.status == 0, result.err);
    BOOST_TEST(result.err == "");
    return Json::parse(read_text(folder(name) / "results.json"));
  }

  Json evaluate(const std::string& method) const {
    const Outcome result = run_program(
        CREDENCE_BENCH,
        {"evaluate", "--checkpoint", (folder("first") / (method + ".safetensors")).string(),
         "--data-dir", data_.path().string(), "--samples", "4", "--json", "-"});
    BOOST_TEST_REQUIRE(result.status == 0, result.err);
    return Json::parse(result.out);
  }

  std::filesystem::path folder(const std::string& name) const { return out_.path() / name; }
  const std::filesystem::path& data() const { return data_.path(); }
  const Json& results() const { return results_; }
  std::map<std::string, Json> methods() const {
    std::map<std::string, Json> found;
    for (const Json& method : results_.at("methods")) found[method.at("method")] = method;
    return found;
  }

 private:
  TemporaryFolder data_;
  TemporaryFolder out_;
  Json results_;
};

const Compared& compared() {
  static const Compared all;
  return all;
}

// What does not depend on the clock.
Json without_times(Json results) {
  for (Json& method : results.at("methods")) {
    method.erase("training_seconds");
    method.erase("prediction_seconds");
  }
  return results.at("methods");
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_method_has_its_metrics_costs_and_file) {
  std::map<std::string, Json> methods = compared().methods();
  BOOST_TEST(methods.size() == 3U);
  BOOST_TEST(methods["deterministic"].at("passes") == 1);
  BOOST_TEST(methods["variational"].at("passes") == 4);
  BOOST_TEST(methods["ensemble"].at("passes") == 3);
  // 44,426 parameters of four bytes; the Bayesian form has a spread for each of 44,190 weights.
  BOOST_TEST(methods["deterministic"].at("bytes") == 4 * 44426);
  BOOST_TEST(methods["variational"].at("bytes") == 4 * (44426 + 44190));
  BOOST_TEST(methods["ensemble"].at("bytes") == 3 * 4 * 44426);
  for (const auto& [name, method] : methods) {
    BOOST_TEST(method.at("training_seconds") > 0, name);
    BOOST_TEST(method.at("prediction_seconds") > 0, name);
    BOOST_TEST(method.at("ood").size() == 5U, name);
    BOOST_TEST(std::filesystem::exists(compared().folder("first") / (name + ".safetensors")));
  }
  BOOST_TEST(methods["ensemble"].at("training_seconds") >
             methods["deterministic"].at("training_seconds"));
  for (const char* figure : {"compare.png", "compare.svg"}) {
    BOOST_TEST(std::filesystem::file_size(compared().folder("first") / figure) > 1000, figure);
  }
}

// The ensemble's members are the networks of three seeds, and its probabilities their mean.
BOOST_AUTO_TEST_CASE(an_ensemble_is_the_mean_of_the_networks_of_its_seeds) {
  const auto test = data::mnist(compared().data(), data::Split::test);
  std::vector<bayes::ClassPredictions> members;
  for (const char* seed : {"1", "2", "3"}) {
    const std::string name = std::string("seed") + seed;
    compared().run(name, {"--seed", seed, "--methods", "deterministic", "--validation", "0"});
    zoo::LeNet5<> model({}, Generator(1));
    const auto file = compared().folder(name) / "deterministic.safetensors";
    io::load_checkpoint(file, model);
    data::Loader loader(test, {.batch_size = benchmarks::kEvaluationBatch});
    members.push_back(bayes::class_predictions(model, loader, {.samples = 0}));
  }
  double nll = 0;
  const auto* const labels = members[0].labels.data<std::int64_t>();
  for (std::int64_t row = 0; row < members[0].samples(); ++row) {
    double p = 0;
    for (const bayes::ClassPredictions& member : members) {
      p += std::exp(static_cast<double>(
               member.log_probabilities.data<float>()[row * 10 + labels[row]])) /
           3;
    }
    nll -= std::log(p) / static_cast<double>(members[0].samples());
  }
  const Json ensemble = compared()
                            .run("ensemble", {"--methods", "ensemble", "--validation", "0"})
                            .at("methods")
                            .at(0);
  BOOST_TEST(ensemble.at("report").at("nll").get<double>() == nll,
             boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(the_command_evaluate_gives_the_same_numbers_for_each_file) {
  for (const auto& [name, method] : compared().methods()) {
    const Json evaluated = compared().evaluate(name);
    BOOST_TEST(evaluated.at("method") == name);
    const char* const key = name == "deterministic" ? "weights"
                            : name == "variational" ? "posterior_samples"
                                                    : "average";
    BOOST_TEST(evaluated.at(key).at("report").at("nll") == method.at("report").at("nll"), name);
  }
}

BOOST_AUTO_TEST_CASE(weights_are_drawn_once_a_pass_of_a_network_alone) {
  const auto evaluate = [](const std::string& method) {
    const std::string file = (compared().folder("first") / (method + ".safetensors")).string();
    return run_program(CREDENCE_BENCH,
                       {"evaluate", "--checkpoint", file, "--data-dir", compared().data().string(),
                        "--samples", "4", "--draw", "weights", "--json", "-"});
  };
  const Outcome network = evaluate("variational");
  BOOST_TEST_REQUIRE(network.status == 0, network.err);
  const Json scores = Json::parse(network.out);
  BOOST_TEST(scores.at("draw") == "weights");
  BOOST_TEST(scores.at("posterior_samples").at("nll") !=
             compared().evaluate("variational").at("posterior_samples").at("nll"));
  const Outcome ensemble = evaluate("ensemble");
  BOOST_TEST(ensemble.status == 1);
  BOOST_TEST(ensemble.err.find("predicts by the method \"ensemble\"") != std::string::npos,
             ensemble.err);
}

BOOST_AUTO_TEST_CASE(stored_methods_are_taken_and_the_others_trained) {
  const TemporaryFolder some;
  for (const char* name : {"variational", "ensemble"}) {
    const std::string file = std::string(name) + ".safetensors";
    std::filesystem::copy_file(compared().folder("first") / file, some.path() / file);
  }
  const Json again = compared().run("again", {"--pretrained", some.path().string()});
  BOOST_TEST(without_times(again) == without_times(compared().results()));
  const double seconds = again.at("methods").at(2).at("training_seconds");
  BOOST_TEST(seconds == compared().methods()["ensemble"].at("training_seconds").get<double>());
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_one_line) {
  const auto check = [](const Arguments& more, const std::string& why) {
    const Outcome result = compared().outcome("wrong", more);
    BOOST_TEST(result.status == 2);
    BOOST_TEST(result.err.find(why) != std::string::npos, result.err);
    BOOST_TEST(line_count(result.err) == 1, result.err);
  };
  check({"--methods", "magic"}, "magic");
  check({"--methods", ""}, "--methods");
  const Outcome other = run_program(CREDENCE_BENCH, {"--methods", "ensemble"});
  BOOST_TEST(other.status == 2);
  BOOST_TEST(other.err.find("task compare") != std::string::npos, other.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

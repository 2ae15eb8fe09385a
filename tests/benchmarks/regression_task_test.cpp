// Tests of task regress of credence-bench: its data, its numbers, its files and its messages.
#include "bayes/likelihood/regression.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "benchmarks/driver/regression.hpp"
#include "benchmarks/driver/run_folder.hpp"
#include "benchmarks/driver/tables.hpp"
#include "benchmarks/driver/task.hpp"
#include "benchmarks/driver/trial_state.hpp"
#include "data/curve.hpp"
#include "data/loader.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/framework/training.hpp"
#include "zoo/regression_net.hpp"

#include <cmath>
#include <filesystem>
#include <numbers>
#include <set>

#include <boost/test/unit_test.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {

BOOST_AUTO_TEST_SUITE(regression_task)

namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;
using test::Outcome;
using test::read_text;

constexpr std::int64_t kRows = 200;

// y = 3 a − 2 b + 50 plus noise with deviation 0.5, b around 1000.
std::string linear_table(std::int64_t rows) {
  const RandomStream random = Generator(11).next();
  std::string text = "a,b,y\n";
  for (std::int64_t i = 0; i < rows; ++i) {
    const double a = random.normal(3 * i);
    const double b = 1000 + 2 * random.normal(3 * i + 1);
    text += fmt::format("{},{},{}\n", a, b, 3 * a - 2 * b + 50 + 0.5 * random.normal(3 * i + 2));
  }
  return text;
}

Outcome regress(const Arguments& more) {
  Arguments arguments{"--task", "regress", "--no-progress"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return test::run_program(CREDENCE_BENCH, arguments);
}

Json results_in(const std::filesystem::path& folder) {
  return Json::parse(read_text(folder / "results.json"));
}

// The run with its default settings, which takes a few seconds, for several tests.
struct Curve {
  Curve() : outcome(regress({"--out", folder.path().string()})) {
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    json = results_in(folder.path());
  }
  test::TemporaryFolder folder;
  Outcome outcome;
  Json json;
};

const Curve& curve() {
  static const Curve run;
  return run;
}

void check_failure(const Outcome& outcome, int status, const std::string& message) {
  BOOST_TEST(outcome.status == status, outcome.err);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(test::line_count(outcome.err) == 1, outcome.err);
  BOOST_TEST(outcome.err.starts_with("credence-bench: " + message), outcome.err);
}

}  // namespace

// The noise has deviations from 0.08 to 0.18, root mean square 0.116 on the points.
BOOST_AUTO_TEST_CASE(the_curve_is_learned_and_its_gap_is_known) {
  const Json& json = curve().json;
  BOOST_TEST(json.at("model") == "BumpModel");
  BOOST_TEST(json.at("dataset") == "curve");
  BOOST_TEST(json.at("training_rows") == 297);
  BOOST_TEST(json.at("validation_rows") == 33);
  BOOST_TEST(json.at("test_rows") == 300);
  BOOST_TEST(json.at("settings").at("posterior") == "gaussian");
  for (const Json& family : json.at("families")) {
    const Json& report = family.at("report");
    BOOST_TEST(report.at("rmse") > 0.09);
    BOOST_TEST(report.at("rmse") < 0.15);
    BOOST_TEST(report.at("mae") < report.at("rmse"));
    BOOST_TEST(report.at("crps") < report.at("mae"));
    BOOST_TEST(report.at("aleatoric_deviation") > 0.07);
    BOOST_TEST(report.at("aleatoric_deviation") < 0.17);
    BOOST_TEST_REQUIRE(report.at("intervals").size() == 19U);
    const Json& ninety = report.at("intervals").at(17);
    BOOST_TEST(ninety.at("level") == 0.9);
    BOOST_TEST(ninety.at("coverage") >= 0.85);
    BOOST_TEST(ninety.at("coverage") <= 0.95);
    BOOST_TEST(family.at("activation") == "none");
    BOOST_TEST(family.at("epochs").size() == 300U);
    BOOST_TEST(family.at("epochs").at(0).contains("training_rmse"));
    BOOST_TEST(family.at("epochs").at(0).contains("rows_per_second"));
    BOOST_TEST(family.at("test_after_last_epoch").at("rows") == 300);
  }
  BOOST_TEST(json.at("families").at(0).at("report").at("epistemic_deviation") == 0);
  BOOST_TEST(!json.at("families").at(0).contains("gap"));
  BOOST_TEST(json.at("families").at(1).at("report").at("epistemic_deviation") > 0);
  const Json& gap = json.at("families").at(1).at("gap");
  BOOST_TEST(gap.at("ratio") >= 5);
  BOOST_TEST(
      gap.at("epistemic_deviation_in_gap").get<double>() ==
          gap.at("ratio").get<double>() * gap.at("epistemic_deviation_on_data").get<double>(),
      boost::test_tools::tolerance(1e-12));
}

// From the checkpoint: the posterior's passes, by a loop of its own.
BOOST_AUTO_TEST_CASE(the_report_is_that_of_the_checkpoint) {
  zoo::BumpModel<zoo::Bayesian> model(Generator(1).split("model"),
                                      {.posterior = bayes::Gaussian{}});
  io::load_checkpoint(curve().folder.path() / "bayesian.safetensors", model);
  const data::Dataset test_set =
      data::curve_points(300, Generator(1).split("curve").split("held out"));
  const bayes::PredictiveMoments moments = bayes::predictive_moments(
      model, test_set.inputs, bayes::GaussianLikelihood{}, {.samples = 15});
  double squares = 0;
  double nll = 0;
  double epistemic = 0;
  for (std::int64_t n = 0; n < 300; ++n) {
    const auto y = static_cast<double>(test_set.targets.data<float>()[n]);
    double density = 0;
    double mean = 0;
    double mean_of_squares = 0;
    for (std::int64_t s = 0; s < 15; ++s) {
      const auto m = static_cast<double>(moments.means.data<float>()[s * 300 + n]);
      const auto v = static_cast<double>(moments.variances.data<float>()[s * 300 + n]);
      density += std::exp(-0.5 * (y - m) * (y - m) / v) / std::sqrt(2 * std::numbers::pi * v) / 15;
      mean += m / 15;
      mean_of_squares += m * m / 15;
    }
    squares += (y - mean) * (y - mean) / 300;
    nll -= std::log(density) / 300;
    epistemic += std::sqrt(std::max(0.0, mean_of_squares - mean * mean)) / 300;
  }
  const Json& report = curve().json.at("families").at(1).at("report");
  const auto close = boost::test_tools::tolerance(1e-4);
  BOOST_TEST(report.at("rmse").get<double>() == std::sqrt(squares), close);
  BOOST_TEST(report.at("nll").get<double>() == nll, close);
  BOOST_TEST(report.at("epistemic_deviation").get<double>() == epistemic, close);
}

BOOST_AUTO_TEST_CASE(tables_and_figures_are_there) {
  for (const char* row :
       {"| on the test set ", "| RMSE ", "| CRPS ", "| coverage of 90 % intervals ",
        "| width of 95 % intervals ", "| mean epistemic deviation ",
        "| epistemic deviation in the gap over that on data ",
        "297 training, 33 validation, 300 test rows"}) {
    BOOST_TEST(curve().outcome.out.find(row) != std::string::npos, row << curve().outcome.out);
  }
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(curve().folder.path())) {
    files.insert(entry.path().filename().string());
    const bool options = entry.path().filename() == "config.toml";
    BOOST_TEST(entry.file_size() > (options ? 10U : 400U), entry.path());
  }
  BOOST_TEST((files == std::set<std::string>{
                           "results.json", "frequentist.safetensors", "bayesian.safetensors",
                           "predictions.png", "predictions.svg", "coverage.png", "coverage.svg",
                           "config.toml", "learning-curve-frequentist.png",
                           "learning-curve-frequentist.svg", "learning-curve-bayesian.png",
                           "learning-curve-bayesian.svg"}));
}

BOOST_AUTO_TEST_CASE(a_finished_run_stays_and_another_needs_force) {
  const std::string out = curve().folder.path().string();
  const Outcome finished = regress({"--out", out, "--resume"});
  BOOST_TEST(finished.status == 0, finished.err);
  BOOST_TEST(finished.out.starts_with("finished: "), finished.out);
  check_failure(regress({"--out", out}), 1, out + "/results.json: is there from an earlier run");
  check_failure(regress({"--out", out, "--resume", "--seed", "2"}), 1,
                out + "/results.json: is of a run with seed 1, not 2");
  check_failure(test::run_program(CREDENCE_BENCH,
                                  {"evaluate", "--checkpoint", out + "/bayesian.safetensors"}),
                1, out + "/bayesian.safetensors: is of the model BumpModel, which is none of");
}

BOOST_AUTO_TEST_CASE(a_table_is_learned_in_its_own_units) {
  const test::TemporaryFolder folder;
  folder.write("line.csv", linear_table(kRows));
  const std::string file = (folder.path() / "line.csv").string();
  const std::filesystem::path out = folder.path() / "out";
  const Outcome outcome = regress(
      {"--regression-data", file, "--epochs", "60", "--lr", "1e-2", "1e-2", "--out", out.string()});
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  const Json json = results_in(out);
  BOOST_TEST(json.at("model") == "RegressionNet");
  BOOST_TEST(json.at("dataset") == "line");
  BOOST_TEST(json.at("data_folder") == file);
  BOOST_TEST(json.at("training_rows") == 144);
  BOOST_TEST(json.at("validation_rows") == 16);
  BOOST_TEST(json.at("test_rows") == 40);
  // The target's deviation is √(3² + 4²) = 5, that of its noise 0.5.
  for (const Json& family : json.at("families")) {
    BOOST_TEST(family.at("report").at("rmse") < 1.5);
    BOOST_TEST(!family.contains("gap"));
  }
  const io::SafeTensors stored = io::load_safetensors(out / "frequentist.safetensors");
  BOOST_TEST(stored.find("input_mean")->data<float>()[1] == 1000,
             boost::test_tools::tolerance(1e-3F));
  BOOST_TEST(stored.find("target_deviation")->data<float>()[0] == 5,
             boost::test_tools::tolerance(0.15F));
  BOOST_TEST(stored.metadata.at("model") == "RegressionNet");
}

BOOST_AUTO_TEST_CASE(an_interrupted_trial_goes_on_to_the_same_end) {
  const test::TemporaryFolder folder;
  folder.write("line.csv", linear_table(60));
  Options options{.task = "regress",
                  .model = "RegressionNet",
                  .epochs = 3,
                  .regression_data = folder.path() / "line.csv",
                  .batch_size = 16,
                  .learning_rates = {1e-2},
                  .samples = 2,
                  .variational = {.posterior = "gaussian"},
                  .validation = kTenth,
                  .out = folder.path(),
                  .progress = false};
  const RunSets sets = find_sets(options);
  const Parts parts = parts_of(options, sets);
  const auto run = [&](Family family, int stop_at) {
    const NamedModel model = make_model(options, parts, family);
    int asked = 0;
    const FamilyResult result = run_trial(
        options, parts, model, {.family = family, .epochs = 3, .learning_rate = 1e-2, .stop = [&] {
                                  return ++asked == stop_at;
                                }});
    return std::pair(result.last, parameter_values(*model.module));
  };
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    const auto whole = run(family, 0);
    BOOST_TEST(whole.first.at("rmse") > 0);
    for (const int question : {2, 9, 16}) {
      options.resume = false;
      BOOST_CHECK_THROW(run(family, question), train::Interrupted);
      options.resume = true;
      const auto resumed = run(family, 0);
      BOOST_TEST((resumed.first == whole.first));
      BOOST_TEST(same_bits(resumed.second, whole.second));
    }
    options.resume = false;
  }
}

BOOST_AUTO_TEST_CASE(a_fifth_of_a_table_is_the_test_set_by_the_seed) {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 53; ++i) text += fmt::format("{} {}\n", i, 2 * i);
  folder.write("counts.txt", text);
  const auto file = folder.path() / "counts.txt";
  const RunSets sets = table_sets(file, 1);
  BOOST_TEST(sets.train.size() == 43);
  BOOST_TEST(sets.test.size() == 10);
  std::set<float> rows;
  for (const data::Dataset* set : {&sets.train, &sets.test}) {
    for (std::int64_t i = 0; i < set->size(); ++i) {
      rows.insert(set->inputs.data<float>()[i]);
      BOOST_TEST(set->targets.data<float>()[i] == 2 * set->inputs.data<float>()[i]);
    }
  }
  BOOST_TEST(rows.size() == 53U);
  BOOST_TEST(
      table_sets(file, 1).test.inputs.to_vector<float>() == sets.test.inputs.to_vector<float>(),
      boost::test_tools::per_element());
  BOOST_TEST(
      (table_sets(file, 2).test.inputs.to_vector<float>() != sets.test.inputs.to_vector<float>()));
}

BOOST_AUTO_TEST_CASE(tables_that_cannot_be_learned_are_named) {
  const test::TemporaryFolder folder;
  const std::string file = (folder.path() / "table.csv").string();
  const auto check = [&](const std::string& text, const std::string& message) {
    folder.write("table.csv", text);
    check_failure(regress({"--regression-data", file, "--out", (folder.path() / "out").string()}),
                  1, file + ": " + message);
    BOOST_TEST(!std::filesystem::exists(folder.path() / "out"));
  };
  const auto rows = [](const std::string& row) {
    std::string text = "x,y\n";
    for (int i = 0; i < 12; ++i) text += fmt::format(fmt::runtime(row), i);
    return text;
  };
  check("x,y\n1,2\n3,oops\n", "line 3: column 2 (y): \"oops\"");
  check("1\n2\n", "has 1 column, expected inputs");
  check("1,2\n3,4\n", "has 2 rows, expected at least 10");
  check(rows("{},7\n"), "column 2 (y), the target, is the same in every row");
  check(rows("1700000{0:03},{0}\n"),
        "column 1 (x) varies by 11 in numbers up to 1.7e+09, which float32 cannot tell apart");
  check(rows("{0},1e{0}0\n"), "column 2 (y) has numbers that float32 cannot hold");
  check_failure(regress({"--regression-data", "/nonexistent.csv"}), 1, "/nonexistent.csv: ");
}

BOOST_AUTO_TEST_CASE(options_about_images_are_wrong_usage) {
  const std::string why = ": is for tasks of images, not for regress";
  check_failure(regress({"--model", "LeNet5"}), 2, "--model" + why);
  check_failure(regress({"--dataset", "mnist"}), 2, "--dataset" + why);
  check_failure(regress({"--data-dir", "/tmp"}), 2, "--data-dir" + why);
  check_failure(regress({"--batch-norm"}), 2, "--norm" + why);
  check_failure(regress({"--training-images", "3"}), 2, "--training-images" + why);
  check_failure(regress({"--recipe", "bayetorch"}), 2, "--recipe bayetorch" + why);
  check_failure(regress({"--activation", "relu"}), 2, "--activation: BumpModel has none");
  check_failure(regress({"--pretrained", "a"}), 2, "--pretrained: is for the tasks");
  check_failure(regress({"--epochs", "2", "3"}), 2, "--epochs: task regress takes 1 value, not 2");
  check_failure(test::run_program(CREDENCE_BENCH, {"--regression-data", "a"}), 2,
                "--regression-data: is for task regress alone");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::benchmarks

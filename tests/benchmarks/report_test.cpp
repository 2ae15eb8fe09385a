// Tests of the tables and the JSON of results.
#include "benchmarks/driver/report.hpp"

#include "benchmarks/driver/accuracy.hpp"
#include "benchmarks/driver/initialisation.hpp"

#include <cmath>
#include <ctime>
#include <limits>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {

BOOST_AUTO_TEST_SUITE(benchmark_report)

namespace {

train::Metrics metrics(double accuracy, double nll) {
  return train::classification_metrics(10'000, accuracy, nll);
}

train::EpochReport epoch(std::int64_t number, double validation, double test) {
  return {.epoch = number,
          .epochs = 2,
          .loss = 100,
          .monitors = {{"nll", 0.25}, {"kl", 75}, {"accuracy", 0.5, train::Display::percent}},
          .learning_rate = 1e-3,
          .seconds = 2,
          .samples_per_second = 300,
          .validation = metrics(validation, 0.5),
          .test = metrics(test, 0.25)};
}

// The frequentist family is best on the test set in epoch 1, the Bayesian one in epoch 2.
AccuracyResult made_up() {
  AccuracyResult result{.data = {.dataset = "some-set",
                                 .where = "a/folder",
                                 .training_samples = 600,
                                 .validation_samples = 100,
                                 .test_samples = 10'000}};
  result.families.push_back({.family = Family::frequentist,
                             .activation = "relu",
                             .learning_rate = 1e-2,
                             .parameters = 44'426,
                             .bytes = 177'704,
                             .epochs = {epoch(0, 0.5, 0.98), epoch(1, 0.75, 0.97)},
                             .last = metrics(0.97, 0.125),
                             .chosen = metrics(0.96, 0.5),
                             .chosen_epoch = 1,
                             .best_test_epoch = 0,
                             .training_seconds = 65});
  result.families.push_back({.family = Family::bayesian,
                             .activation = "softplus",
                             .learning_rate = 1e-3,
                             .parameters = 88'616,
                             .bytes = 354'464,
                             .epochs = {epoch(0, 0.75, 0.9), epoch(1, 0.5, 0.95)},
                             .last = metrics(0.955, 0.0625),
                             .last_mean = metrics(0.953, 0.25),
                             .chosen = metrics(0.94, 0.5),
                             .chosen_epoch = 0,
                             .best_test_epoch = 1,
                             .training_seconds = 3723,
                             .kl_per_layer = {{"conv1", 12.5}, {"fc1", 62.5}}});
  return result;
}

AccuracyResult made_up_without_validation() {
  AccuracyResult result = made_up();
  result.data.validation_samples = 0;
  for (FamilyResult& family : result.families) {
    family.chosen.reset();
    for (train::EpochReport& scores : family.epochs) scores.validation.reset();
  }
  return result;
}

// The cells of the row that begins with `name`, without the spaces that align the columns.
std::vector<std::string> row(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| " + name + " ")) continue;
    std::vector<std::string> cells;
    std::istringstream stream(line.substr(1));
    for (std::string cell; std::getline(stream, cell, '|');) {
      const std::size_t first = cell.find_first_not_of(' ');
      const std::size_t last = cell.find_last_not_of(' ');
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    return cells;
  }
  return {};
}

using Cells = std::vector<std::string>;
using Json = nlohmann::json;

const auto per_element = boost::test_tools::per_element();

}  // namespace

BOOST_AUTO_TEST_CASE(the_tables_say_what_was_counted_how) {
  const std::string text = accuracy_tables({.samples = 7}, made_up());
  BOOST_TEST(text.starts_with("some-set: 600 training, 100 validation, 10000 test images\n"));
  BOOST_TEST(text.find("7 posterior samples averaged") != std::string::npos);
  const auto check = [&](const Cells& expected) {
    BOOST_TEST(row(text, expected.front()) == expected, per_element);
  };
  check(
      {"model", "frequentist accuracy", "Bayesian accuracy", "frequentist size", "Bayesian size"});
  check({"LeNet5", "97.00 %", "95.50 %", "0.169 MiB (44426 parameters)",
         "0.338 MiB (88616 parameters)"});
  check({"epoch chosen on validation images", "96.00 % (epoch 2)", "94.00 % (epoch 1)"});
  check(
      {"best epoch by the test set itself, one sample", "98.00 % (epoch 1)", "95.00 % (epoch 2)"});
  check({"last epoch, one sample", "97.00 %", "95.00 %"});
  check({"last epoch, posterior mean", "", "95.30 %"});
  check({"negative log-likelihood, last epoch", "0.1250", "0.0625"});
  check({"training time", "1:05", "1:02:03"});
}

BOOST_AUTO_TEST_CASE(one_thing_is_not_plural) {
  Options options{.epochs = 1, .learning_rates = {1e-3}, .samples = 1};
  Images images;
  images.train.name = "some-set";
  images.where = "a/folder";
  BOOST_TEST(settings_text(options, images).find("\n1 epoch, batch") != std::string::npos);
  BOOST_TEST(settings_text(options, images).find(", 1 sample\n") != std::string::npos);
  BOOST_TEST(accuracy_tables(options, made_up()).find("; Bayesian: 1 posterior sample averaged.") !=
             std::string::npos);
  options.task = "init";
  options.second_epochs = 1;
  options.epochs = 2;
  BOOST_TEST(settings_text(options, images).find("\n2 and 1 epoch, batch") != std::string::npos);
  options.second_epochs = 5;
  BOOST_TEST(settings_text(options, images).find("\n2 and 5 epochs, batch") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(columns_line_up) {
  std::istringstream lines(accuracy_tables({}, made_up()));
  std::string previous;
  int rows = 0;
  for (std::string line; std::getline(lines, line); previous = line) {
    if (!line.starts_with("|") || !previous.starts_with("|")) continue;
    ++rows;
    BOOST_REQUIRE(line.size() == previous.size());
    for (std::size_t i = 0; i < line.size(); ++i) {
      BOOST_REQUIRE((line[i] == '|') == (previous[i] == '|'));
    }
  }
  BOOST_TEST(rows == 2 + 7);
}

BOOST_AUTO_TEST_CASE(without_validation_images_no_epoch_is_chosen) {
  const std::string text = accuracy_tables({}, made_up_without_validation());
  BOOST_TEST(row(text, "epoch chosen on validation images").empty());
  BOOST_TEST(!row(text, "last epoch, one sample").empty());
  const Json json = Json::parse(accuracy_json({}, made_up_without_validation()));
  for (const Json& family : json.at("families")) {
    BOOST_TEST(!family.contains("epoch_chosen_on_validation"));
    BOOST_TEST(!family.at("epochs").at(0).contains("validation"));
  }
}

BOOST_AUTO_TEST_CASE(the_json_holds_settings_and_results) {
  const Options options{.epochs = 2,
                        .batch_size = 32,
                        .bayesian_batch_size = 16,
                        .samples = 7,
                        .temperature = 0.5,
                        .kl_delay = 0.5,
                        .kl_warm_up = 0.25,
                        .samples_per_step = 2,
                        .spread_learning_rate = 10,
                        .average = 0.4,
                        .recipe = Recipe::bayetorch,
                        .seed = 18446744073709551615U};
  const std::string text = accuracy_json(options, made_up());
  BOOST_TEST(text.ends_with("}\n"));
  const Json json = Json::parse(text);
  BOOST_TEST(json.at("version") == 2);
  BOOST_TEST(json.at("task") == "acc");
  BOOST_TEST(json.at("model") == "LeNet5");
  BOOST_TEST(json.at("dataset") == "some-set");
  BOOST_TEST(json.at("data_folder") == "a/folder");
  BOOST_TEST(json.at("training_images") == 600);
  BOOST_TEST(json.at("validation_images") == 100);
  BOOST_TEST(json.at("test_images") == 10'000);
  const Json& settings = json.at("settings");
  BOOST_TEST(settings.at("epochs") == 2);
  BOOST_TEST(settings.at("batch_size") == 32);
  BOOST_TEST(settings.at("bayesian_batch_size") == 16);
  BOOST_TEST(settings.at("recipe") == "bayetorch");
  BOOST_TEST(settings.at("temperature") == 0.5);
  BOOST_TEST(settings.at("kl_warm_up") == 0.25);
  BOOST_TEST(settings.at("kl_delay") == 0.5);
  BOOST_TEST(settings.at("samples_per_step") == 2);
  BOOST_TEST(settings.at("spread_learning_rate") == 10);
  BOOST_TEST(settings.at("average") == 0.4);
  BOOST_TEST(settings.at("norm") == "none");
  BOOST_TEST(settings.at("samples") == 7);
  BOOST_TEST(settings.at("seed") == 18446744073709551615U);
  BOOST_REQUIRE(json.at("families").size() == 2U);
  const Json& frequentist = json.at("families").at(0);
  BOOST_TEST(frequentist.at("family") == "frequentist");
  BOOST_TEST(frequentist.at("parameter_bytes") == 177'704);
  BOOST_TEST(frequentist.at("epoch_chosen_on_test") == 1);
  BOOST_TEST(!frequentist.contains("test_with_posterior_mean"));
  BOOST_TEST(!frequentist.contains("kl_per_layer"));
  const Json& bayesian = json.at("families").at(1);
  BOOST_TEST(bayesian.at("activation") == "softplus");
  BOOST_TEST(bayesian.at("learning_rate") == 1e-3);
  BOOST_TEST(bayesian.at("parameters") == 88'616);
  BOOST_TEST(bayesian.at("test_after_last_epoch").at("accuracy") == 0.955);
  BOOST_TEST(bayesian.at("test_after_last_epoch").at("nll") == 0.0625);
  BOOST_TEST(bayesian.at("test_with_posterior_mean").at("accuracy") == 0.953);
  BOOST_TEST(bayesian.at("kl_per_layer") == (Json{{"conv1", 12.5}, {"fc1", 62.5}}));
  BOOST_TEST(bayesian.at("epoch_chosen_on_validation") == 1);
  BOOST_TEST(bayesian.at("test_of_epoch_chosen_on_test").at("accuracy") == 0.95);
  const Json& last = bayesian.at("epochs").at(1);
  BOOST_TEST(last.at("epoch") == 2);
  BOOST_TEST(last.at("terms").at("kl") == 75);
  BOOST_TEST(last.at("validation").at("accuracy") == 0.5);
  BOOST_TEST(last.at("test").at("images") == 10'000);
}

// Each figure has the number of posterior samples that it averages, 0 for the mean.
BOOST_AUTO_TEST_CASE(every_figure_of_the_json_says_how_many_samples_it_averages) {
  const Json json = Json::parse(accuracy_json({.samples = 7}, made_up()));
  const Json& bayesian = json.at("families").at(1);
  BOOST_TEST(bayesian.at("test_after_last_epoch").at("samples") == 7);
  BOOST_TEST(bayesian.at("test_with_posterior_mean").at("samples") == 0);
  BOOST_TEST(bayesian.at("test_of_epoch_chosen_on_validation").at("samples") == 7);
  BOOST_TEST(bayesian.at("test_of_epoch_chosen_on_test").at("samples") == 1);
  BOOST_TEST(bayesian.at("epochs").at(0).at("test").at("samples") == 1);
  BOOST_TEST(bayesian.at("epochs").at(0).at("validation").at("samples") == 1);
  const Json& frequentist = json.at("families").at(0);
  BOOST_TEST(!frequentist.at("test_after_last_epoch").contains("samples"));
  BOOST_TEST(!frequentist.at("test_of_epoch_chosen_on_test").contains("samples"));
  BOOST_TEST(!frequentist.at("epochs").at(0).at("test").contains("samples"));
  const InitialisationResult init{.dataset = "some-set",
                                  .where = "a/folder",
                                  .start = metrics(0.5, 1),
                                  .start_mean = metrics(0.75, 0.5)};
  const Json started = Json::parse(initialisation_json({.task = "init"}, init));
  BOOST_TEST(started.at("start").at("samples") == 1);
  BOOST_TEST(started.at("start_with_posterior_mean").at("samples") == 0);
}

BOOST_AUTO_TEST_CASE(the_json_says_what_made_it) {
  const Json program =
      Json::parse(accuracy_json({.command = "credence-bench --seed 3"}, made_up())).at("program");
  BOOST_TEST(program.at("name") == "credence-bench");
  BOOST_TEST(program.at("command") == "credence-bench --seed 3");
  for (const char* key : {"version", "compiler", "instruction_sets", "cuda", "cpu"}) {
    BOOST_TEST(!program.at(key).get<std::string>().empty(), key);
  }
  const auto date = program.at("date").get<std::string>();
  std::tm parts{};
  const char* const end = strptime(date.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  BOOST_TEST_REQUIRE(end == date.c_str() + date.size());
  BOOST_TEST(std::abs(std::difftime(timegm(&parts), std::time(nullptr))) < 60);
}

BOOST_AUTO_TEST_CASE(the_settings_are_named_at_the_head) {
  Images images;
  images.train.name = "some-set";
  images.where = "a/folder";
  const std::string text = settings_text(
      {.epochs = 3, .learning_rates = {1e-2, 1e-3}, .kl_warm_up = 0.2, .seed = 42}, images);
  for (const char* part : {"task acc, model LeNet5, data some-set (a/folder)", "3 epochs",
                           "0.01 (frequentist) and 0.001 (Bayesian)", "recipe credence",
                           "temperature 1 (rising over 0.2 of the steps)", "seed 42"}) {
    BOOST_TEST(text.find(part) != std::string::npos, part);
  }
  const std::string more = settings_text({.bayesian_batch_size = 128,
                                          .learning_rates = {1e-2, 1e-3},
                                          .kl_delay = 0.5,
                                          .kl_warm_up = 0.25,
                                          .samples_per_step = 2,
                                          .spread_learning_rate = 10,
                                          .average = 0.4},
                                         images);
  for (const char* part :
       {"batch 256 (frequentist) and 128 (Bayesian), Adam",
        "(Bayesian), 10 times that for variances, average over the last 0.4 of the steps,",
        "2 samples a step",
        "temperature 1 (0 for 0.5 of the steps, rising over 0.25 of the steps)"}) {
    BOOST_TEST(more.find(part) != std::string::npos, part);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::benchmarks

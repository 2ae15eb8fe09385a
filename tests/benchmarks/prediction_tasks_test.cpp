// Tests of the tasks calib and ood of credence-bench, and of the command evaluate beside them: the
// numbers in their JSON are those of the checkpoint's predictions.
#include "bayes/classification_report.hpp"
#include "bayes/metrics/temperature.hpp"
#include "benchmarks/driver/calibration.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/ood_report.hpp"
#include "data/corruption.hpp"
#include "data/idx.hpp"
#include "data/loader.hpp"
#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "zoo/lenet5.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(prediction_tasks)

namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

constexpr std::int64_t kSamples = 3;
constexpr std::int64_t kHeldBack = 100;

// An idx file of images, height × width, all with the same bytes.
std::string idx_images(int count, int side, char level) {
  const auto word = [](int value) {
    return std::string({0, 0, static_cast<char>(value >> 8), static_cast<char>(value & 255)});
  };
  return word(2051) + word(count) + word(side) + word(side) +
         std::string(static_cast<std::size_t>(count * side * side), level);
}

// Data, and a run of task calib on it whose models all tests use.
class Trained {
 public:
  Trained() {
    write_small_mnist(data_, 400, 60);
    calib_ = run("calib", calib_arguments());
  }

  // On few images both families learn to tell most digits apart only with relu and little KL.
  static Arguments calib_arguments() {
    return {"--task",       "calib", "--epochs",      "5",  "--lr", "5e-3", "5e-3",
            "--activation", "relu",  "--temperature", "0.1"};
  }

  const TemporaryFolder& data() const { return data_; }
  std::filesystem::path folder(const std::string& name) const { return out_.path() / name; }
  const Json& calib() const { return calib_; }
  std::string models() const { return folder("calib").string(); }
  std::string checkpoint(bool bayesian) const {
    return (folder("calib") / (bayesian ? "bayesian.safetensors" : "frequentist.safetensors"))
        .string();
  }

  Outcome outcome(const std::string& name, const Arguments& more) const {
    Arguments arguments{
        "--data-dir",   data_.path().string(),     "--out",        folder(name).string(),
        "--validation", std::to_string(kHeldBack), "--batch-size", "16",
        "--samples",    std::to_string(kSamples),  "--no-progress"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(CREDENCE_BENCH, arguments);
  }

  // The run's results.json.
  Json run(const std::string& name, const Arguments& more) const {
    const Outcome result = outcome(name, more);
    BOOST_TEST_REQUIRE(result.status == 0, result.err);
    BOOST_TEST(result.err == "");
    return Json::parse(read_text(folder(name) / "results.json"));
  }

  Json evaluate(bool bayesian, const Arguments& more = {}) const {
    Arguments arguments{"evaluate",
                        "--checkpoint",
                        checkpoint(bayesian),
                        "--data-dir",
                        data_.path().string(),
                        "--samples",
                        "3",
                        "--json",
                        "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome result = run_program(CREDENCE_BENCH, arguments);
    BOOST_TEST_REQUIRE(result.status == 0, result.err);
    return Json::parse(result.out);
  }

  // The checkpoint's predictions, made by the library alone.
  bayes::ClassPredictions predictions(bool bayesian, const data::Dataset& dataset,
                                      std::optional<std::vector<std::int64_t>> indices = {}) const {
    const Generator generator = Generator(1).split("model");
    std::unique_ptr<nn::Module> model;
    if (bayesian) {
      zoo::Bayesian layers;
      layers.activation = nn::Activation::relu();
      model = std::make_unique<zoo::BayesianLeNet5>(zoo::LeNet5Options{}, generator, layers);
    } else {
      model = std::make_unique<zoo::LeNet5<>>(zoo::LeNet5Options{}, generator);
    }
    io::load_checkpoint(checkpoint(bayesian), *model);
    data::Loader loader(
        dataset, {.batch_size = benchmarks::kEvaluationBatch, .indices = std::move(indices)});
    return bayes::class_predictions(*model, loader, {.samples = bayesian ? kSamples : 0});
  }

  data::Dataset test_set() const { return data::mnist(data_.path(), data::Split::test); }

 private:
  TemporaryFolder data_;
  TemporaryFolder out_;
  Json calib_;
};

const Trained& trained() {
  static const Trained all;
  return all;
}

void check_files(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    BOOST_TEST(std::filesystem::exists(folder / name), name);
    BOOST_TEST(std::filesystem::file_size(folder / name) > 1000, name);
  }
}

void check_temperature(const Json& json, const bayes::ClassPredictions& validation,
                       const bayes::ClassPredictions& test) {
  namespace metrics = bayes::metrics;
  const Tensor& logits = validation.mean_log_probabilities;
  const metrics::Temperature fitted = metrics::fit_temperature(logits, validation.labels);
  BOOST_TEST(json.at("temperature") == fitted.value);
  BOOST_TEST(json.at("validation_nll_before") == fitted.nll_before);
  BOOST_TEST(json.at("validation_nll_after") == fitted.nll);
  BOOST_TEST(json.at("likelihood_ratio") == fitted.likelihood_ratio);
  BOOST_TEST(json.at("temperature_used") == fitted.significant_value());
  const double used = fitted.significant_value();
  const Tensor& log_p = test.mean_log_probabilities;
  const Tensor scaled = used == 1 ? log_p : metrics::scaled_log_probabilities(log_p, used);
  BOOST_TEST(json.at("after").at("nll") == metrics::negative_log_likelihood(scaled, test.labels));
  BOOST_TEST(json.at("after").at("ece") ==
             metrics::expected_calibration_error(metrics::reliability_bins(scaled, test.labels)));
  BOOST_TEST(json.at("after").at("reliability").size() == 15U);
}

void check_conformal(const Json& json, const bayes::ClassPredictions& validation,
                     const bayes::ClassPredictions& test) {
  namespace metrics = bayes::metrics;
  BOOST_TEST_REQUIRE(json.size() == 6U);
  std::size_t i = 0;
  for (const char* name : {"lac", "aps"}) {
    const auto score = i == 0 ? metrics::ConformalScore::lac : metrics::ConformalScore::aps;
    for (const double level : {0.9, 0.95}) {
      const Json& found = json.at(i++);
      const auto classifier = metrics::calibrate_sets(score, validation.mean_log_probabilities,
                                                      validation.labels, level);
      const metrics::SetSummary expected = metrics::summarize_sets(
          metrics::prediction_sets(classifier, test.mean_log_probabilities), test.labels);
      BOOST_TEST(found.at("score") == name);
      BOOST_TEST(found.at("level") == level);
      BOOST_TEST(found.at("threshold") == classifier.threshold);
      BOOST_TEST(found.at("coverage") == expected.coverage);
      BOOST_TEST(found.at("mean_size") == expected.mean_size);
      BOOST_TEST(found.at("empty") == expected.empty);
      // Exactly exchangeable halves: off the level by the noise of 100 splits alone.
      BOOST_TEST(std::abs(found.at("coverage_of_halves").get<double>() - level) < 0.03);
    }
  }
  BOOST_TEST(json.at(4).at("score") == "randomized_aps");
}

Json detection_of(const std::vector<bayes::Detection>& detections) {
  Json json;
  for (const bayes::Detection& found : detections) {
    json.push_back({{"score", found.score},
                    {"auroc", found.auroc},
                    {"aupr", found.aupr},
                    {"fpr95", found.fpr95}});
  }
  return json;
}

}  // namespace

BOOST_AUTO_TEST_CASE(calib_reports_the_predictions_of_its_checkpoints) {
  const data::Dataset train = data::mnist(trained().data().path(), data::Split::train);
  const data::IndexSplit split = data::split(train, kHeldBack, Generator(1).split("validation"));
  const Json& families = trained().calib().at("families");
  BOOST_TEST_REQUIRE(families.size() == 2U);
  for (const bool bayesian : {false, true}) {
    const Json& family = families.at(bayesian ? 1 : 0);
    const bayes::ClassPredictions test = trained().predictions(bayesian, trained().test_set());
    const bayes::ClassPredictions validation =
        trained().predictions(bayesian, train, split.validation);
    BOOST_TEST(family.at("family") == (bayesian ? "Bayesian" : "frequentist"));
    BOOST_TEST(family.at("report") ==
               Json(benchmarks::report_json(bayes::classification_report(test))));
    check_temperature(family.at("temperature_scaling"), validation, test);
    check_conformal(family.at("conformal"), validation, test);
  }
  for (const Json& family : families) BOOST_TEST(family.at("report").at("accuracy") > 0.5);
  BOOST_TEST(trained().calib().at("validation_images") == kHeldBack);
  check_files(trained().folder("calib"),
              {"frequentist.safetensors", "bayesian.safetensors", "reliability.png",
               "reliability.svg", "risk-coverage.png", "risk-coverage.svg"});
}

BOOST_AUTO_TEST_CASE(evaluate_reports_what_the_task_reports) {
  for (const bool bayesian : {false, true}) {
    const Json json = trained().evaluate(bayesian);
    const Json& family = trained().calib().at("families").at(bayesian ? 1 : 0);
    const Json& scores = json.at(bayesian ? "posterior_samples" : "weights");
    BOOST_TEST(scores.at("report") == family.at("report"));
    BOOST_TEST(scores.at("nll") == family.at("test_after_last_epoch").at("nll"));
    BOOST_TEST(!scores.contains("ood"));
  }
  BOOST_TEST(trained().evaluate(true).at("posterior_mean").at("report").at("epistemic") == 0);
}

BOOST_AUTO_TEST_CASE(evaluate_prints_metrics_and_confusion_matrix) {
  const Outcome outcome = run_program(
      CREDENCE_BENCH, {"evaluate", "--checkpoint", trained().checkpoint(true), "--data-dir",
                       trained().data().path().string(), "--samples", "3"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  for (const char* part :
       {"| prediction | accuracy | negative log-likelihood |", "| average of 3 posterior samples |",
        "| 3 samples      | posterior mean |", "| Brier score ", "| error at coverage 0.95 ",
        "| label | 0 | 1 | 2 |"}) {
    BOOST_TEST(outcome.out.find(part) != std::string::npos, part << " in " << outcome.out);
  }
}

BOOST_AUTO_TEST_CASE(calib_takes_the_models_of_an_earlier_run) {
  const Json again =
      trained().run("again", {"--task", "calib", "--pretrained", trained().models()});
  for (std::size_t i : {0U, 1U}) {
    const Json& family = again.at("families").at(i);
    const Json& expected = trained().calib().at("families").at(i);
    for (const char* key :
         {"report", "temperature_scaling", "conformal", "test_after_last_epoch"}) {
      BOOST_TEST(family.at(key) == expected.at(key), key);
    }
  }
  BOOST_TEST(again.at("pretrained_checksum").size() == 2U);
  BOOST_TEST(!std::filesystem::exists(trained().folder("again") / "bayesian.safetensors"));
  const Outcome finished = trained().outcome(
      "again", {"--task", "calib", "--pretrained", trained().models(), "--resume"});
  BOOST_TEST(finished.out.starts_with("finished: "), finished.out + finished.err);
}

BOOST_AUTO_TEST_CASE(images_that_trained_a_model_do_not_calibrate_it) {
  for (const Arguments& other :
       {Arguments{"--seed", "2"}, Arguments{"--validation", "50"}, Arguments{"--held-out", "50"}}) {
    Arguments arguments{"--task", "calib", "--pretrained", trained().models()};
    arguments.insert(arguments.end(), other.begin(), other.end());
    const Outcome outcome = trained().outcome("other", arguments);
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.err.find("was trained with --validation 100 --seed 1, which task calib "
                                "needs too") != std::string::npos,
               outcome.err);
    BOOST_TEST(!std::filesystem::exists(trained().folder("other")));
  }
}

BOOST_AUTO_TEST_CASE(ood_compares_with_the_images_of_an_idx_folder) {
  const TemporaryFolder other;
  const data::Dataset digits = trained().test_set();
  std::string file = idx_images(60, 28, 0).substr(0, 16);
  for (std::int64_t i = 0; i < digits.inputs.numel(); ++i) {
    file += static_cast<char>(255 - digits.inputs.data<std::uint8_t>()[i]);
  }
  other.write("t10k-images-idx3-ubyte", file);
  const Json json = trained().run(
      "negatives",
      {"--task", "ood", "--ood-data", other.path().string(), "--pretrained", trained().models()});
  data::Dataset negatives = digits;
  negatives.inputs =
      data::read_idx(other.path() / "t10k-images-idx3-ubyte").reshape({60, 1, 28, 28});
  for (const bool bayesian : {false, true}) {
    const bayes::ClassPredictions own = trained().predictions(bayesian, digits);
    const bayes::ClassPredictions outside = trained().predictions(bayesian, negatives);
    Json expected = detection_of(bayes::detection_report(own, outside));
    if (!bayesian) expected.erase(2);
    const Json& family = json.at("families").at(bayesian ? 1 : 0);
    BOOST_TEST_REQUIRE(family.at("ood").size() == 1U);
    const Json& found = family.at("ood").at(0);
    BOOST_TEST(found.at("name") == other.path().filename().string());
    BOOST_TEST(found.at("images") == 60);
    BOOST_TEST(found.at("detection") == expected);
    BOOST_TEST(!found.contains("report"));
    BOOST_TEST(family.at("report") ==
               trained().calib().at("families").at(bayesian ? 1 : 0).at("report"));
    const Json evaluated = trained().evaluate(bayesian, {"--ood-data", other.path().string()});
    BOOST_TEST(evaluated.at(bayesian ? "posterior_samples" : "weights").at("ood") ==
               family.at("ood"));
  }
  check_files(trained().folder("negatives"), {"entropy.png", "entropy.svg", "roc.png", "roc.svg"});
  BOOST_TEST(!std::filesystem::exists(trained().folder("negatives") / "shift.png"));
}

BOOST_AUTO_TEST_CASE(other_images_of_another_size_are_stretched) {
  // Images of one colour, the same after stretching as if made large.
  const TemporaryFolder folder;
  folder.write("small", idx_images(60, 8, 100));
  folder.write("large", idx_images(60, 28, 100));
  const auto detection = [&](const char* name) {
    return trained()
        .evaluate(true, {"--ood-data", (folder.path() / name).string()})
        .at("posterior_samples")
        .at("ood")
        .at(0)
        .at("detection");
  };
  BOOST_TEST(detection("small") == detection("large"));
}

BOOST_AUTO_TEST_CASE(ood_goes_through_the_levels_of_a_corruption) {
  const Json json = trained().run("noise", {"--task", "ood", "--ood-data", "gaussian_noise",
                                            "--pretrained", trained().models()});
  BOOST_TEST(json.at("settings").at("ood_data") == "gaussian_noise");
  const data::Dataset digits = trained().test_set();
  for (const bool bayesian : {false, true}) {
    const Json& family = json.at("families").at(bayesian ? 1 : 0);
    BOOST_TEST_REQUIRE(family.at("ood").size() == 5U);
    const Json& found = family.at("ood").at(3);
    const bayes::ClassPredictions corrupted = trained().predictions(
        bayesian, data::corrupt(digits, data::Corruption::gaussian_noise, 4, Generator(1)));
    BOOST_TEST(found.at("level") == 4);
    BOOST_TEST(found.at("name") == "mnist (gaussian-noise, level 4)");
    BOOST_TEST(found.at("report") ==
               Json(benchmarks::report_json(bayes::classification_report(corrupted))));
    const Json evaluated = trained().evaluate(bayesian, {"--ood-data", "gaussian-noise"});
    BOOST_TEST(evaluated.at(bayesian ? "posterior_samples" : "weights").at("ood") ==
               family.at("ood"));
  }
  check_files(trained().folder("noise"), {"shift.png", "shift.svg", "entropy.png", "roc.svg"});
}

// The state that an interrupted run leaves has the models, which are not trained again.
BOOST_AUTO_TEST_CASE(an_interrupted_calib_goes_on_to_the_same_results) {
  const std::string out = trained().folder("interrupted").string();
  Outcome outcome;
  outcome.status = 130;
  int attempts = 0;
  while (outcome.status == 130 && ++attempts <= 40) {
    Arguments command{"--data-dir",   trained().data().path().string(), "--out",        out,
                      "--validation", std::to_string(kHeldBack),        "--batch-size", "16",
                      "--samples",    std::to_string(kSamples)};
    const Arguments more = Trained::calib_arguments();
    command.insert(command.end(), more.begin(), more.end());
    if (attempts > 1) command.emplace_back("--resume");
    outcome = run_interrupted(0.1 * attempts, CREDENCE_BENCH, command);
  }
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  BOOST_TEST(attempts > 1);
  const Json json = Json::parse(read_text(std::filesystem::path(out) / "results.json"));
  for (std::size_t i : {0U, 1U}) {
    for (const char* key : {"report", "temperature_scaling", "conformal"}) {
      BOOST_TEST(json.at("families").at(i).at(key) ==
                 trained().calib().at("families").at(i).at(key));
    }
  }
  BOOST_TEST((read_text(out + "/reliability.svg") ==
              read_text(trained().folder("calib") / "reliability.svg")));
}

// Before anything is trained or replaced.
BOOST_AUTO_TEST_CASE(images_that_cannot_be_compared_are_named) {
  const TemporaryFolder other;
  other.write("labels", std::string("\0\0\x08\x01\0\0\0\x01\x05", 9));
  other.write("empty/file", "text");
  std::filesystem::copy(trained().data().path(), other.path() / "same");
  const auto check = [&](const std::string& what, const std::string& message) {
    for (const Arguments& command :
         {Arguments{"--task", "ood", "--validation", "100", "--out", trained().models(), "--force"},
          Arguments{"evaluate", "--checkpoint", trained().checkpoint(true)}}) {
      Arguments arguments = command;
      arguments.insert(arguments.end(),
                       {"--data-dir", trained().data().path().string(), "--ood-data", what});
      const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
      BOOST_TEST(outcome.status == 1);
      BOOST_TEST(outcome.out == "");
      BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
      BOOST_TEST(outcome.err.find(message) != std::string::npos, outcome.err);
    }
    BOOST_TEST(std::filesystem::exists(trained().folder("calib") / "results.json"));
  };
  check((other.path() / "same").string(), "the images of same are those of mnist itself");
  check((other.path() / "labels").string(), "labels, expected images");
  check((other.path() / "empty").string(), "empty");
  check("fashion-mnist", "no fashion-mnist in");
}

BOOST_AUTO_TEST_CASE(options_of_these_tasks_are_theirs_alone) {
  const auto check = [](Arguments arguments, const std::string& message) {
    arguments.emplace_back("--data-dir=/nonexistent");
    const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
    BOOST_TEST(outcome.status == 2, outcome.err);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
    BOOST_TEST(outcome.err.starts_with("credence-bench: " + message), outcome.err);
  };
  check({"--ood-data", "rotation"}, "--ood-data: is for the tasks ood and compare");
  check({"--task", "ood"}, "--ood-data: task ood needs a data set (mnist, ");
  check({"--task", "ood", "--ood-data", "rottation"}, "--ood-data: \"rottation\" is nothing known");
  check({"evaluate", "--checkpoint", "a", "--ood-data", "image-folder"},
        "--ood-data: \"image-folder\" is nothing known");
  check({"--task", "calib", "--validation", "0"}, "--validation: task calib needs images");
  check({"--task", "calib", "--pretrained", "a", "--epochs", "2"},
        "--epochs: task calib with --pretrained takes no value, not 1");
  check({"--task", "calib", "--pretrained", "a", "--lr", "1e-3", "1e-3"}, "--lr: task calib with");
  check({"--task", "calib", "--epochs", "2", "3"}, "--epochs: task calib takes 1 value, not 2");
  check({"--task", "calib", "--freeze"}, "--freeze: is for task init alone");
  check({"--pretrained", "a"},
        "--pretrained: is for the tasks init, uncert, calib, ood and compare");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

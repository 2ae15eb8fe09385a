// Tests of the command prune of credence-bench, from training to the files that it leaves.
#include "data/idx.hpp"
#include "data/loader.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/train/evaluate.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "zoo/lenet5.hpp"

#include <cmath>
#include <numeric>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(prune_command)

namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

constexpr std::int64_t kWeights = 6 * 25 + 16 * 150 + 120 * 256 + 84 * 120 + 10 * 84;

// Both families of LeNet5, trained for two epochs on 400 digits, of which 50 are held back.
class Trained {
 public:
  Trained() {
    write_small_mnist(data, 400, 60);
    const Outcome outcome =
        run_program(CREDENCE_BENCH,
                    {"--data-dir", data.path().string(), "--out", path("."), "--validation", "50",
                     "--epochs", "2", "--batch-size", "64", "--samples", "3", "--no-progress"});
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  }

  std::string path(const std::string& file) const { return (out.path() / file).string(); }
  Arguments command(const std::string& name, const std::string& file) const {
    return {name, "--checkpoint", path(file), "--data-dir", data.path().string()};
  }

  TemporaryFolder data;
  TemporaryFolder out;
};

const Trained& trained() {
  static const Trained run;
  return run;
}

Outcome run(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(CREDENCE_BENCH, arguments);
}

Json json_of(const Arguments& arguments, Arguments more) {
  more.insert(more.end(), {"--json", "-"});
  const Outcome outcome = run(arguments, more);
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  return Json::parse(outcome.out);
}

void check_failure(const Arguments& arguments, const Arguments& more, int status,
                   const std::string& names) {
  const Outcome outcome = run(arguments, more);
  BOOST_TEST(outcome.status == status, outcome.err);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(line_count(outcome.err) == 1);
  BOOST_TEST(outcome.err.find(names) != std::string::npos, outcome.err);
}

}  // namespace

BOOST_AUTO_TEST_CASE(files_hold_what_the_table_says) {
  const Trained& run = trained();
  const std::string folder = run.path("pruned");
  const Json json = json_of(run.command("prune", "bayesian.safetensors"),
                            {"--share", "0.995", "--out", folder, "--threads", "1"});
  const Json& models = json.at("models");
  const auto left = kWeights - std::llround(0.995 * kWeights);
  BOOST_TEST(models.at("bayesian").at("weights_nonzero") == kWeights);
  BOOST_TEST(models.at("pruned").at("weights_nonzero") == left);
  BOOST_TEST(models.at("smaller").at("weights_nonzero").get<std::int64_t>() <= left);
  std::int64_t zeros = 0;
  for (const Json& layer : json.at("layers")) zeros += layer.at("zeros").get<std::int64_t>();
  BOOST_TEST(zeros == kWeights - left);

  // Parameters by the widths: w1 · (25 + 1) and so on.
  const auto widths = models.at("smaller").at("widths").get<std::vector<std::int64_t>>();
  BOOST_TEST_REQUIRE(widths.size() == 4U);
  BOOST_TEST(std::accumulate(widths.begin(), widths.end(), 0) < 6 + 16 + 120 + 84);
  BOOST_TEST(models.at("smaller").at("parameters") ==
             widths[0] * 26 + widths[1] * (25 * widths[0] + 1) + widths[2] * (16 * widths[1] + 1) +
                 widths[3] * (widths[2] + 1) + 10 * (widths[3] + 1));
  for (const char* model : {"bayesian", "pruned", "smaller"}) {
    BOOST_TEST(models.at(model).at("seconds_one_image").get<double>() > 0);
    BOOST_TEST(models.at(model).at("seconds_per_image_of_batch").get<double>() > 0);
  }

  const auto evaluated = [&](const std::string& file, const char* key) {
    return json_of(run.command("evaluate", "pruned/" + file), {}).at(key).at("nll").get<double>();
  };
  const double pruned = models.at("pruned").at("nll").get<double>();
  BOOST_TEST(evaluated("pruned.safetensors", "weights") == pruned);
  BOOST_TEST(evaluated("pruned-bayesian.safetensors", "posterior_mean") == pruned);
  const double smaller = models.at("smaller").at("nll").get<double>();
  BOOST_TEST(evaluated("smaller.safetensors", "weights") == smaller);
  BOOST_TEST(std::abs(smaller - pruned) < 1e-5);
  BOOST_TEST(models.at("smaller").at("accuracy") == models.at("pruned").at("accuracy"));
}

BOOST_AUTO_TEST_CASE(validation_images_are_those_of_the_training) {
  const Trained& run = trained();
  const Json json = json_of(run.command("prune", "bayesian.safetensors"),
                            {"--share", "0", "--out", run.path("whole")});
  const data::Dataset images = data::mnist(run.data.path(), data::Split::train);
  const data::IndexSplit split = data::split(images, 50, Generator(1).split("validation"));
  data::Loader loader(images, {.batch_size = 500, .indices = split.validation});
  zoo::LeNet5<> model({}, Generator(1), {nn::Activation::softplus(4)});
  io::load_checkpoint(run.out.path() / "whole" / "pruned.safetensors", model);
  const double expected = train::evaluate(model, loader).accuracy();
  for (const auto& row : json.at("models").items()) {
    BOOST_TEST(row.value().at("validation_accuracy") == expected, row.key());
  }
}

BOOST_AUTO_TEST_CASE(fine_tuning_keeps_the_zeros) {
  const Trained& run = trained();
  const Json json = json_of(run.command("prune", "bayesian.safetensors"),
                            {"--share", "0.9", "--fine-tune", "2", "--out", run.path("tuned")});
  const Json& models = json.at("models");
  // Weights that change nothing are not tuned either.
  BOOST_TEST(models.at("tuned").at("weights_nonzero") ==
             models.at("smaller").at("weights_nonzero"));
  BOOST_TEST(models.at("tuned").at("weights_nonzero") <= models.at("pruned").at("weights_nonzero"));
  BOOST_TEST(models.at("tuned").at("nll") != models.at("pruned").at("nll"));
  const auto nll = [](const Json& model) { return model.at("nll").get<double>(); };
  BOOST_TEST(std::abs(nll(models.at("smaller")) - nll(models.at("tuned"))) < 1e-5);
}

BOOST_AUTO_TEST_CASE(pruning_in_steps_trains_between_them) {
  const Trained& run = trained();
  const auto pruned = [&](Arguments more, const std::string& folder) {
    more.insert(more.end(), {"--share", "0.5", "--fine-tune", "1", "--out", run.path(folder)});
    return json_of(run.command("prune", "bayesian.safetensors"), more);
  };
  const Json once = pruned({}, "once");
  const Json idle = pruned({"--steps", "2", "--step-epochs", "0"}, "idle");
  const Json twice = pruned({"--steps", "2"}, "two-steps");
  BOOST_TEST(once.at("steps") == 1);
  BOOST_TEST(twice.at("steps") == 2);
  BOOST_TEST(twice.at("step_epochs") == 1);
  const auto of = [](const Json& json, const char* key) {
    return json.at("models").at("tuned").at(key);
  };
  BOOST_TEST(of(idle, "nll") == of(once, "nll"));
  BOOST_TEST(of(twice, "nll").get<double>() < of(once, "nll").get<double>());
  BOOST_TEST(twice.at("models").at("pruned").at("weights_nonzero") ==
             once.at("models").at("pruned").at("weights_nonzero"));
  BOOST_TEST(of(pruned({"--shift", "0"}, "unshifted"), "nll") != of(once, "nll"));
  BOOST_TEST(of(pruned({"--shift", "1"}, "shifted"), "nll") == of(once, "nll"));
}

BOOST_AUTO_TEST_CASE(units_that_are_kept_are_the_smaller_model) {
  const Trained& run = trained();
  const Json json = json_of(
      run.command("prune", "bayesian.safetensors"),
      {"--units", "3,8,30,20", "--steps", "2", "--fine-tune", "1", "--out", run.path("units")});
  BOOST_TEST(json.at("rule").at("units") == (std::vector<std::int64_t>{3, 8, 30, 20}));
  const Json& smaller = json.at("models").at("smaller");
  BOOST_TEST(smaller.at("widths") == (std::vector<std::int64_t>{3, 8, 30, 20}));
  BOOST_TEST(smaller.at("accuracy") == json.at("models").at("tuned").at("accuracy"));
  check_failure(run.command("prune", "bayesian.safetensors"),
                {"--units", "3,8,30", "--out", run.path("none")}, 1, "4 widths");
  check_failure(run.command("prune", "bayesian.safetensors"),
                {"--units", "3,8,30,85", "--out", run.path("none")}, 1, "84 units");
}

BOOST_AUTO_TEST_CASE(the_text_names_layers_and_models) {
  const Trained& run = trained();
  const Outcome outcome = prune_command::run(run.command("prune", "bayesian.safetensors"),
                                             {"--snr", "1e9", "--out", run.path("text")});
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  for (const char* part : {"pruned by signal-to-noise ratio below 1e+09", "conv2.weight",
                           "smaller dense model: 1, 1, 1, 1", "100.00 %"}) {
    BOOST_TEST(outcome.out.find(part) != std::string::npos, outcome.out);
  }
}

BOOST_AUTO_TEST_CASE(failures_leave_the_folder_as_it_was) {
  const Trained& run = trained();
  const Arguments prune = run.command("prune", "bayesian.safetensors");
  check_failure(run.command("prune", "frequentist.safetensors"), {"--out", run.path("none")}, 1,
                "frequentist");
  check_failure(run.command("prune", "missing.safetensors"), {"--out", run.path("none")}, 1,
                "missing.safetensors");
  BOOST_TEST(!std::filesystem::exists(run.path("none")));
  check_failure(prune, {"--out", run.path("bayesian.safetensors")}, 1, "folder");
  BOOST_TEST_REQUIRE(prune_command::run(prune, {"--out", run.path("twice")}).status == 0);
  const std::string before = read_text(run.path("twice/smaller.safetensors"));
  check_failure(prune, {"--out", run.path("twice"), "--share", "0.9"}, 1, "--force");
  BOOST_TEST(read_text(run.path("twice/smaller.safetensors")) == before);
  BOOST_TEST(prune_command::run(prune, {"--out", run.path("twice"), "--share", "0.99", "--force"})
                 .status == 0);
  BOOST_TEST(read_text(run.path("twice/smaller.safetensors")) != before);
  // A pruned Bayesian model may be pruned further, but not in its place.
  check_failure(run.command("prune", "twice/pruned-bayesian.safetensors"),
                {"--out", run.path("twice"), "--force"}, 1, "--checkpoint");
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_refused) {
  const Arguments prune{"prune", "--checkpoint", "a"};
  check_failure(prune, {}, 2, "--out");
  check_failure({"prune"}, {"--out", "b"}, 2, "--checkpoint");
  check_failure(prune, {"--out", "b", "--share", "1.5"}, 2, "--share");
  check_failure(prune, {"--out", "b", "--snr", "-1"}, 2, "--snr");
  check_failure(prune, {"--out", "b", "--log-alpha", "x"}, 2, "--log-alpha");
  check_failure(prune, {"--out", "b", "--share", "0.5", "--snr", "1"}, 2, "--snr");
  check_failure(prune, {"--out", "b", "--share", "0.5", "--units", "1,1,1,1"}, 2, "--units");
  check_failure(prune, {"--out", "b", "--units", "1,0,1,1"}, 2, "--units");
  check_failure(prune, {"--out", "b", "--steps", "0"}, 2, "--steps");
}

BOOST_AUTO_TEST_CASE(widths_that_contradict_the_tensors_are_an_error) {
  const TemporaryFolder folder;
  zoo::LeNet5<> model({.widths = {2, 3, 5, 7}}, Generator(1));
  const std::filesystem::path file = folder.path() / "model.safetensors";
  const auto check = [&](const std::string& widths, const std::string& names) {
    io::save_checkpoint(file, model,
                        {{"model", "LeNet5"}, {"family", "frequentist"}, {"widths", widths}});
    check_failure({"evaluate", "--checkpoint", file.string()}, {"--dataset", "synthetic-digits"}, 1,
                  names);
  };
  check("2,3", "4 widths");
  check("2,3,5", "fc3.weight");
  check("2,3,5,1000000000000", "1000000000000");
  check("3,2,5,7", "conv1");
  check("2,3,x,7", "widths");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Tests of the program credence-bench.
#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "zoo/lenet5.hpp"

#include <sstream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(credence_bench)

namespace {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

Outcome bench(const Arguments& arguments) { return run_program(CREDENCE_BENCH, arguments); }

// One line on stderr that begins with the program's name, nothing on stdout.
void check_failure(const Arguments& arguments, int status, const std::string& message = "") {
  std::string command;
  for (const std::string& argument : arguments) command += " " + argument;
  const Outcome outcome = bench(arguments);
  BOOST_TEST(outcome.status == status, command << ": status " << outcome.status);
  BOOST_TEST(outcome.out == "", command << ": " << outcome.out);
  BOOST_TEST(outcome.err.starts_with("credence-bench: "), command << ": " << outcome.err);
  BOOST_TEST(line_count(outcome.err) == 1, command << ": " << outcome.err);
  BOOST_TEST(outcome.err.find(message) != std::string::npos, command << ": " << outcome.err);
}

// If the program accepted the arguments, the missing folder would end it at once.
void check_usage(Arguments arguments, const std::string& message = "") {
  arguments.emplace_back("--data-dir=/nonexistent");
  check_failure(arguments, 2, message);
}

// Removes what may differ between two runs with the same seed: times, and the command line.
void remove_times(Json& json) {
  for (const char* key :
       {"seconds", "images_per_second", "training_seconds", "threads", "program"}) {
    if (json.is_object()) json.erase(key);
  }
  for (Json& part : json) {
    if (part.is_structured()) remove_times(part);
  }
}

Json without_times(const std::string& text) {
  Json json = Json::parse(text);
  remove_times(json);
  return json;
}

// The arguments of a very short run.
Arguments small_run(const TemporaryFolder& data, const Arguments& more) {
  Arguments arguments{"--data-dir", data.path().string(), "--epochs", "2",         "--validation",
                      "100",        "--batch-size",       "64",       "--samples", "3"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

BOOST_AUTO_TEST_CASE(wrong_usage_is_one_line_and_status_two) {
  check_usage({"--model", "LeNet6"}, "--model");
  check_usage({"--task", "win"}, "--task");
  check_usage({"--dataset", "imagenet"}, "--dataset");
  check_usage({"--recipe", "secret"}, "--recipe");
  check_usage({"--on-nan", "retry"}, "--on-nan");
  check_usage({"--lr", "1e-3"}, "--lr");
  check_usage({"--task", "uncert", "--lr", "1e-3", "1e-3"}, "--lr");
  check_usage({"--epochs", "3", "4"}, "--epochs");
  check_usage({"--task", "init", "--epochs", "3", "4", "5"}, "");
  check_usage({"--freeze"}, "--freeze");
  check_usage({"--pretrained", "lenet5.safetensors"}, "--pretrained");
  check_usage({"--task", "init", "--pretrained", "lenet5.safetensors", "--epochs", "3", "4"},
              "--epochs");
  check_usage({"--task", "init", "--pretrained", "lenet5.safetensors", "--lr", "1e-3", "1e-3"},
              "--lr");
  check_usage({"--task", "uncert", "--pretrained", "lenet5.safetensors", "--epochs", "1"},
              "--epochs");
  check_usage({"--task", "uncert", "--pretrained", "lenet5.safetensors", "--lr", "1e-3"}, "--lr");
  check_usage({"--lr", "1e-3", "1e-3", "1e-3"}, "--lr");
  check_usage({"--lr", "0", "1e-3"}, "--lr");
  check_usage({"--lr", "fast", "1e-3"}, "--lr");
  check_usage({"--epochs", "0"}, "--epochs");
  check_usage({"--epochs", "1.5"}, "--epochs");
  check_usage({"--epochs"}, "--epochs");
  check_usage({"--batch_size", "-1"}, "--batch-size");
  check_usage({"--samples", "0"}, "--samples");
  check_usage({"--temperature", "-1"}, "--temperature");
  check_usage({"--validation", "-1"}, "--validation");
  check_usage({"--training-images", "99999999999999999999"}, "--training-images");
  check_usage({"--threads", "0"}, "--threads");
  check_usage({"--n-workers", "1000"}, "--n-workers");
  check_usage({"--seed", "-1"}, "--seed");
  check_usage({"--seed", "1.5"}, "--seed");
  check_usage({"--unknown"}, "--unknown");
  check_usage({"--batch-size", "0"}, "--batch-size");
  check_usage({"--lr", "-1e-3", "1e-3"}, "--lr");
  check_usage({"--batch-norm"}, "--batch-norm");
  check_usage({"--activation", "step"}, "--activation");
  check_usage({"--kl-warm-up", "1.5"}, "--kl-warm-up");
  check_usage({"--kl-warm-up", "-0.1"}, "--kl-warm-up");
  check_usage({"--kl-warm-up", "nan"}, "--kl-warm-up");
  check_usage({"--kl-delay", "-0.1"}, "--kl-delay");
  check_usage({"--kl-delay", "0.6", "--kl-warm-up", "0.5"}, "--kl-delay");
  check_usage({"--samples-per-step", "0"}, "--samples-per-step");
  check_usage({"--spread-lr", "-1"}, "--spread-lr");
  check_usage({"--largest-log-alpha", "-4", "--posterior", "gaussian"}, "--largest-log-alpha");
  check_usage({"--log-alpha", "4"}, "--log-alpha");
  check_usage({"--resume"}, "--out");
  check_failure({"--dataset", "image-folder"}, 2, "--data-dir");
  check_failure({"evaluate", "--checkpoint", "a", "--dataset", "image-folder"}, 2, "--data-dir");
  check_usage({"--classes", "cat,dog"}, "--classes");
  check_failure({"predict", "--checkpoint", "a", "--background", "reddish", "b.png"}, 2,
                "--background");
  check_failure({"summary", "LeNet5", "--batch-norm"}, 2, "--batch-norm");
  check_usage({"surplus"}, "surplus");
  check_usage({"download"}, "dataset");
  check_usage({"download", "imagenet"}, "imagenet");
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_are_wrong_usage) {
  check_usage({"--lr", "nan", "1e-3"}, "--lr");
  check_usage({"--lr", "1e-3", "inf"}, "--lr");
  check_usage({"--temperature", "nan"}, "--temperature");
  check_usage({"--temperature", "inf"}, "--temperature");
}

BOOST_AUTO_TEST_CASE(numbers_that_are_not_decimal_or_too_large_are_wrong_usage) {
  check_usage({"--seed", "18446744073709551616"}, "--seed");
  check_usage({"--seed", "99999999999999999999999"}, "--seed");
  check_usage({"--training-images", "9223372036854775808"}, "--training-images");
  check_usage({"--validation", "18446744073709551615"}, "--validation");
  check_usage({"--temperature", "1e400"}, "--temperature");
  for (const char* option : {"--epochs", "--batch-size", "--samples", "--seed", "--threads",
                             "--n-workers", "--validation", "--training-images"}) {
    for (const char* text :
         {"0x10", "1e1", "1.0", "-1", "10x", " 1", "1 ", "", "+1", "ten", "1,0"}) {
      check_usage({option, text}, option);
    }
  }
  for (const char* option : {"--temperature", "--log-alpha", "--kl-warm-up"}) {
    for (const char* text : {"0x1", "", " 0", "0,5", "1e", "+0", "1e-400"}) {
      check_usage({option, text}, option);
    }
  }
  check_failure({"evaluate", "--checkpoint", "a", "--samples", "0x2"}, 2, "--samples");
  check_failure({"predict", "--checkpoint", "a", "p.png", "--threads", "2x"}, 2, "--threads");
}

BOOST_AUTO_TEST_CASE(help_goes_to_stdout) {
  const auto check_help = [](Arguments arguments, const Arguments& parts) {
    arguments.emplace_back("--help");
    const Outcome outcome = bench(arguments);
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.err == "");
    for (const std::string& part : parts) {
      BOOST_TEST(outcome.out.find(part) != std::string::npos, arguments.front() << ": " << part);
    }
  };
  check_help({}, {"--epochs", "--temperature", "--kl-warm-up", "--kl-delay", "--samples-per-step",
                  "--spread-lr", "--largest-log-alpha", "--json", "--resume", "download", "predict",
                  "evaluate", "image-folder", "transparent", "Examples:", "Exit status"});
  check_help({"predict"},
             {"--checkpoint", "--invert", "--background", "transparent", "nats", "Examples:"});
  check_help({"evaluate"}, {"--checkpoint", "--family", "--dataset", "Examples:"});
  check_help({"export"}, {"--form", "--samples", "--seed", "--pixels", "--out", "Examples:"});
  check_help({"prune"}, {"--log-alpha", "--snr", "--share", "smaller.safetensors", "Examples:"});
  check_help({"summary"}, {"--batch-norm", "Examples:"});
  check_help({"download"}, {"--data-dir", "Examples:"});
}

BOOST_AUTO_TEST_CASE(a_missing_explicit_folder_is_one_line_that_names_it) {
  const TemporaryFolder folder;
  const std::string missing = (folder.path() / "nowhere").string();
  check_failure({"--data-dir", missing}, 1, missing);
  check_failure({"--data-dir", folder.path().string()}, 1, folder.path().string());
}

BOOST_AUTO_TEST_CASE(results_that_cannot_be_written_stop_the_run_before_it_begins) {
  const TemporaryFolder data;
  write_small_mnist(data, 300, 50);
  const std::string file = data.write("file", "text").string();
  const std::string folder = data.path().string();
  check_failure(small_run(data, {"--out", file}), 1, file);
  check_failure(small_run(data, {"--out", file + "/below"}), 1, file);
  // A folder in which no file can be made, even by root.
  check_failure(small_run(data, {"--out", "/proc/self"}), 1, "/proc/self");
  check_failure(small_run(data, {"--json", folder + "/nowhere/results.json"}), 1, "nowhere");
  check_failure(small_run(data, {"--json", folder}), 1, folder);
  check_failure(small_run(data, {"--json", file + "/results.json"}), 1, file);
}

BOOST_AUTO_TEST_CASE(an_older_result_survives_a_run_that_fails) {
  const TemporaryFolder data;
  const std::string file = data.write("results.json", "older").string();
  check_failure({"--data-dir", data.path().string(), "--json", file}, 1, "mnist");
  BOOST_TEST(read_text(file) == "older");
}

BOOST_AUTO_TEST_CASE(more_images_than_there_are_is_an_error) {
  const TemporaryFolder data;
  write_small_mnist(data, 300, 50);
  const Arguments base{"--data-dir", data.path().string()};
  const auto with = [&](const Arguments& more) {
    Arguments arguments = base;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return bench(arguments);
  };
  const Outcome validation = with({"--validation", "300"});
  BOOST_TEST(validation.status == 1);
  BOOST_TEST(validation.err ==
             "credence-bench: [images] 300 images cannot be held back from 300\n");
  const Outcome training = with({"--validation", "100", "--training-images", "201"});
  BOOST_TEST(training.status == 1);
  BOOST_TEST(training.err ==
             "credence-bench: [images] 201 training images asked for, there are 200\n");
}

BOOST_AUTO_TEST_CASE(a_run_on_held_out_images_scores_these) {
  const TemporaryFolder data;
  write_small_mnist(data, 300, 50);
  const Outcome outcome =
      bench(small_run(data, {"--held-out", "80", "--out", (data.path() / "out").string()}));
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out.find("mnist: 120 training, 100 validation, 80 held-out images") !=
             std::string::npos);
  const Json json = Json::parse(read_text(data.path() / "out/results.json"));
  BOOST_TEST(json.at("settings").at("held_out") == 80);
  const auto file = io::load_safetensors(data.path() / "out/bayesian.safetensors");
  BOOST_TEST(file.metadata.at("held_out") == "80");
}

BOOST_AUTO_TEST_CASE(a_run_prints_tables_and_writes_results_and_checkpoints) {
  const TemporaryFolder data;
  write_small_mnist(data, 300, 50);
  const std::filesystem::path out = data.path() / "new" / "results";
  const Outcome outcome =
      bench(small_run(data, {"--training-images", "150", "--out", out.string()}));
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out.find("mnist: 150 training, 100 validation, 50 test images") !=
             std::string::npos);
  BOOST_TEST(outcome.out.find("| LeNet5 ") != std::string::npos);
  // One line for each epoch and family. Then the evaluations at the end: of the last epoch (for the
  // Bayesian family also of its mean) and of the chosen epoch.
  BOOST_TEST(line_count(outcome.err) == 2 * 2 + 2 + 3, outcome.err);
  std::istringstream lines(outcome.err);
  for (const std::string family : {"frequentist", "Bayesian"}) {
    std::string line;
    for (const char* epoch : {"  epoch 1/2  loss ", "  epoch 2/2  loss "}) {
      std::getline(lines, line);
      BOOST_TEST(line.starts_with(family + epoch), line);
      BOOST_TEST(line.find("  validation accuracy ") != std::string::npos, line);
    }
    const bool bayesian = family == "Bayesian";
    Arguments models{"last epoch on 50 test images",
                     "epoch chosen on validation on 50 test images"};
    if (bayesian) {
      for (std::string& model : models) model += ", 3 samples";
      models.insert(models.begin() + 1, "last epoch on 50 test images, posterior mean");
    }
    for (const std::string& model : models) {
      std::getline(lines, line);
      BOOST_TEST(line.starts_with(family + "  " + model + "  accuracy "), line);
    }
  }
  const Json json = Json::parse(read_text(out / "results.json"));
  BOOST_TEST(json.at("families").at(0).at("epochs").size() == 2U);

  zoo::LeNet5<> frequentist({}, Generator(9));
  io::load_checkpoint(out / "frequentist.safetensors", frequentist);
  zoo::BayesianLeNet5 bayesian({}, Generator(9));
  io::load_checkpoint(out / "bayesian.safetensors", bayesian);
  const auto metadata = io::load_safetensors(out / "bayesian.safetensors").metadata;
  BOOST_TEST(metadata.at("model") == "LeNet5");
  BOOST_TEST(metadata.at("activation") == "softplus(beta = 4)");
  BOOST_TEST(metadata.at("dataset") == "mnist");
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_results_and_another_one_does_not) {
  const TemporaryFolder data;
  write_small_mnist(data, 300, 50);
  const std::string file = (data.path() / "results.json").string();
  const Outcome first = bench(small_run(data, {"--json", file, "--threads", "2"}));
  BOOST_TEST(first.status == 0);
  const Json expected = without_times(read_text(file));
  const Outcome again = bench(
      small_run(data, {"--json", "-", "--threads", "1", "--n-workers", "0", "--no-progress"}));
  BOOST_TEST(again.status == 0);
  BOOST_TEST(without_times(again.out) == expected);
  const Outcome other = bench(small_run(data, {"--json", "-", "--seed", "2"}));
  BOOST_TEST(without_times(other.out).at("families") != expected.at("families"));
}

BOOST_AUTO_TEST_CASE(json_on_stdout_is_alone_there) {
  const TemporaryFolder data;
  write_small_mnist(data, 300, 50);
  const Outcome outcome = bench(small_run(data, {"--json", "-", "--no-progress"}));
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(Json::accept(outcome.out));
  BOOST_TEST(outcome.err.find("| LeNet5 ") != std::string::npos);
  BOOST_TEST(outcome.err.find("epoch 1/2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_data_it_draws_digits_and_says_so) {
  const Outcome outcome = bench({"--epochs", "1", "--training-images", "500", "--validation", "100",
                                 "--samples", "1", "--json", "-"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err.starts_with("credence-bench: no mnist in "), outcome.err);
  BOOST_TEST(outcome.err.find("using synthetic-digits") != std::string::npos);
  const Json json = Json::parse(outcome.out);
  BOOST_TEST(json.at("dataset") == "synthetic-digits");
  BOOST_TEST(json.at("training_images") == 500);
  BOOST_TEST(json.at("validation_images") == 100);
  BOOST_TEST(json.at("test_images") == 10'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Tests of the program credence-training-step and of the scripts about it: their output, and their
// messages on wrong usage.
#include "benchmarks/common/median.hpp"
#include "benchmarks/steps/step_timing.hpp"
#include "framework/base/error.hpp"
#include "tests/benchmarks/program.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(training_step)

namespace {

using Json = nlohmann::json;

Outcome run_step(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--seconds", "0", "--threads", "1"});
  const std::filesystem::path beside = std::filesystem::path(CREDENCE_BENCH).parent_path();
  return run_program((beside / "credence-training-step").string(), arguments);
}

Outcome run_script(const std::string& script, const std::vector<std::string>& arguments) {
  return run_program(std::string(CREDENCE_SOURCE_ROOT) + "/benchmarks/" + script, arguments);
}

void check_wrong_usage(const Outcome& outcome, const std::string& program,
                       const std::string& message) {
  BOOST_TEST(outcome.status == 2, program << " " << message);
  BOOST_TEST(outcome.out == "", outcome.out);
  BOOST_TEST(outcome.err.starts_with(program + ": "), outcome.err);
  BOOST_TEST(outcome.err.find(message) != std::string::npos, outcome.err);
  BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_batches_are_always_the_same) {
  const train::Batch batch = benchmarks::random_batch({3, 4, 5}, 2, Device::cpu);
  BOOST_TEST((batch.inputs.shape() == Shape{2, 3, 4, 5}));
  const auto pixels = batch.inputs.to_vector<float>();
  BOOST_TEST(
      (pixels == benchmarks::random_batch({3, 4, 5}, 2, Device::cpu).inputs.to_vector<float>()));
  BOOST_TEST(*std::min_element(pixels.begin(), pixels.end()) >= 0);
  BOOST_TEST(*std::max_element(pixels.begin(), pixels.end()) <= 1);
  for (const std::int64_t label : batch.targets.to_vector<std::int64_t>()) {
    BOOST_TEST((label >= 0 && label < 10));
  }
}

BOOST_AUTO_TEST_CASE(the_median_is_in_the_middle) {
  BOOST_TEST(benchmarks::median({5, 1, 3}) == 3);
  // As numpy.median and Python's statistics.median have it.
  BOOST_TEST(benchmarks::median({4, 1, 3, 2}) == 2.5);
  BOOST_TEST(benchmarks::median({7}) == 7);
  BOOST_CHECK_THROW(benchmarks::median({}), ValueError);
}

BOOST_AUTO_TEST_CASE(a_step_has_parts) {
  const Outcome outcome = run_step({"--batch-size", "2", "--family", "bayesian", "--json"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  const Json json = Json::parse(outcome.out);
  BOOST_TEST(json.at("batch_size") == 2);
  BOOST_TEST(json.at("family") == "bayesian");
  BOOST_TEST(json.at("precision") == "fp32");
  const auto time = [&](const char* name) { return json.at(name).get<double>(); };
  BOOST_TEST(time("forward_ms") > 0);
  BOOST_TEST(time("backward_ms") > 0);
  BOOST_TEST(time("forward_ms") + time("backward_ms") + time("optimizer_ms") <=
             1.01 * time("median_ms"));
}

BOOST_AUTO_TEST_CASE(a_step_has_a_normalisation) {
  const auto norm = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--model", "ResNet20", "--batch-size", "2", "--json"});
    const Outcome outcome = run_step(arguments);
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out).at("norm").get<std::string>();
  };
  BOOST_TEST(norm({}) == "batch");
  BOOST_TEST(norm({"--norm", "filter-response"}) == "filter-response");
}

BOOST_AUTO_TEST_CASE(a_prediction_has_samples) {
  const Outcome outcome = run_step({"--batch-size", "2", "--family", "bayesian", "--samples", "3"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.out.find("prediction with 3 samples") != std::string::npos, outcome.out);
  const Outcome functions = run_step({"--batch-size", "2", "--family", "bayesian", "--samples", "3",
                                      "--draw", "weights", "--json"});
  BOOST_TEST_REQUIRE(functions.status == 0, functions.err);
  BOOST_TEST(Json::parse(functions.out).at("draw") == "weights");
}

BOOST_AUTO_TEST_CASE(wrong_usage_of_training_step_is_one_line_and_status_two) {
  const auto check = [](const std::vector<std::string>& arguments, const std::string& message) {
    check_wrong_usage(run_step(arguments), "credence-training-step", message);
  };
  check({"--fast"}, "--fast");
  check({"--family", "deep"}, "--family");
  check({"--batch-size", "0"}, "--batch-size");
  check({"--norm", "batch"}, "LeNet5 has no such normalisation, only none");
  check({"--precision", "fp64"}, "--precision");
  check({"--draw", "weights"}, "--draw");
  check({"--samples", "3", "--draw", "means"}, "--draw");
  check({"--precision", "tf32"}, "--device cuda");
}

BOOST_AUTO_TEST_CASE(numbers_of_training_step_are_decimal) {
  const Outcome outcome = run_step({"--batch-size", "010", "--json"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  const Json json = Json::parse(outcome.out);
  BOOST_TEST(json.at("batch_size") == 10);
  BOOST_TEST(json.at("program").at("name") == "credence-training-step");
  for (const char* text : {"0x10", "1e1", "10x", "", "-1", "65537", "99999999999999999999"}) {
    check_wrong_usage(run_step({"--batch-size", text}), "credence-training-step", "--batch-size");
    check_wrong_usage(run_step({"--samples", text}), "credence-training-step", "--samples");
  }
  const std::filesystem::path beside = std::filesystem::path(CREDENCE_BENCH).parent_path();
  for (const char* text : {"nan", "inf", "-1", "0x1", "3601", ""}) {
    check_wrong_usage(
        run_program((beside / "credence-training-step").string(), {"--seconds", text}),
        "credence-training-step", "--seconds");
  }
}

BOOST_AUTO_TEST_CASE(wrong_usage_of_the_comparison_is_one_line_and_status_two) {
  const auto check = [](const std::vector<std::string>& arguments, const std::string& message) {
    check_wrong_usage(run_script("steps/compare_pytorch", arguments), "compare_pytorch", message);
  };
  check({"--device", "tpu"}, "--device");
  check({"--rows", "AlexNet"}, "AlexNet");
  check({"--threads", "1", "--device", "cuda"}, "--device cpu");
  check({"--precisions", "bf16"}, "--device cuda");
  check({"--seconds", "nan"}, "--seconds");
  check({"--rounds", "0x2"}, "--rounds");
  check({"--json", "/nonexistent/x.json"}, "/nonexistent");
}

BOOST_AUTO_TEST_CASE(wrong_usage_of_compare_peers_is_one_line_and_status_two) {
  const auto check = [](const std::vector<std::string>& arguments, const std::string& message) {
    check_wrong_usage(run_script("steps/compare_peers", arguments), "compare_peers", message);
  };
  check({"--peers", "caffe"}, "--peers");
  check({"--threads", "0"}, "--threads");
  check({"--starts", "0"}, "--starts");
  check({"--seconds", "nan"}, "--seconds");
  check({"--json", "/nonexistent/x.json"}, "/nonexistent");
}

BOOST_AUTO_TEST_CASE(peers_that_are_not_there_are_named_with_what_brings_them) {
  const Outcome outcome = run_script("steps/compare_peers",
                                     {"--programs", "/nonexistent", "--peers", "credence", "dlib"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out.find("| Credence | missing: ninja -C build peers |") != std::string::npos,
             outcome.out);
  BOOST_TEST(outcome.out.find("| dlib | missing: libdlib-dev ") != std::string::npos, outcome.out);
  BOOST_TEST(outcome.err == "compare_peers: no peer is there; nothing measured\n");
}

BOOST_AUTO_TEST_CASE(wrong_usage_of_the_reproduction_is_one_line_and_status_two) {
  const auto check = [](const std::vector<std::string>& arguments, const std::string& message) {
    check_wrong_usage(run_script("driver/reproduce.sh", arguments), "reproduce.sh", message);
  };
  check({"--fast"}, "--fast");
  check({"--device"}, "--device");
  check({"--device", "tpu"}, "tpu");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Tests of the variance of gradients: closed forms for a linear model of one weight, and the
// program credence-gradient-variance.
#include "bayes/estimator/flipout.hpp"
#include "bayes/estimator/local_reparametrization.hpp"
#include "bayes/estimator/weight_reparametrization.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "benchmarks/steps/gradient_report.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "tests/framework/support.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(gradient_variance)

namespace {

using benchmarks::Estimate;
using benchmarks::GradientMoments;
using Json = nlohmann::json;

// y = w x with w ~ N(μ, σ²), and L = mean ½ (y − t)², for σ² = e^λ.
constexpr double kMean = 0.5;
constexpr double kLogVariance = -1;
const std::vector<float> kInputs{1, -2, 0.5F, 3};
const std::vector<float> kTargets{0, 1, -1, 2};

bayes::BayesianLinear one_weight(const bayes::Estimator& estimator) {
  return {1,
          1,
          {.bias = false, .weight_init = nn::init::constant(kMean)},
          {bayes::Gaussian{.log_variance = kLogVariance}, {}, estimator},
          Generator(3)};
}

train::Loss half_square(nn::Module& model, const train::Batch& /*batch*/,
                        const train::TrainingPosition& /*position*/) {
  const Variable x(Tensor::from<float>({4, 1}, kInputs));
  const Variable difference = model(x) - Variable(Tensor::from<float>({4, 1}, kTargets));
  return {mean(difference * difference) * 0.5, {}, {}};
}

GradientMoments moments_of(const bayes::Estimator& estimator, std::int64_t draws) {
  bayes::BayesianLinear layer = one_weight(estimator);
  return benchmarks::gradient_moments(layer, half_square, {train::Batch{}}, draws);
}

// Variances of ∂L/∂μ and ∂L/∂λ.
struct Variances {
  double mean;
  double spread;
};

// With the deviations a = μ x − t and N examples. One draw ε for the batch gives ∂L/∂w = A w − B
// with A = mean x², B = mean t x, ∂w/∂μ = 1 and ∂w/∂λ = σ ε / 2. A noise or a sign for each example
// makes the terms of the sum uncorrelated.
Variances closed_form(const std::string& name) {
  const double variance = std::exp(kLogVariance);
  const auto count = static_cast<double>(kInputs.size());
  double a_x = 0;    // mean a x = A μ − B
  double x_x = 0;    // A
  double a2_x2 = 0;  // Σ a² x² / N²
  double x4 = 0;     // Σ x⁴ / N²
  for (std::size_t i = 0; i < kInputs.size(); ++i) {
    const double x = kInputs[i];
    const double a = kMean * x - kTargets[i];
    a_x += a * x / count;
    x_x += x * x / count;
    a2_x2 += a * a * x * x / count / count;
    x4 += x * x * x * x / count / count;
  }
  if (name == "weight") {
    return {variance * x_x * x_x, variance / 4 * (a_x * a_x + 2 * variance * x_x * x_x)};
  }
  if (name == "local") return {variance * x4, variance / 4 * (a2_x2 + 2 * variance * x4)};
  // Flipout: the signs cancel in the squares of y's noise, whose part of ∂L/∂λ is therefore shared.
  return {variance * x4, variance / 4 * (a2_x2 + 2 * variance * x_x * x_x)};
}

Outcome run_variance(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment = {}) {
  const std::filesystem::path beside = std::filesystem::path(CREDENCE_BENCH).parent_path();
  return run_program((beside / "credence-gradient-variance").string(), arguments, environment);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(variances_are_the_closed_forms_of_one_weight) {
  const std::vector<std::pair<std::string, bayes::Estimator>> estimators{
      {"weight", bayes::WeightReparametrization{}},
      {"local", bayes::LocalReparametrization{}},
      {"flipout", bayes::Flipout{}}};
  constexpr int kDraws = 4000;
  const GradientMoments first = moments_of(estimators[0].second, kDraws / 2);
  for (const auto& [name, estimator] : estimators) {
    const GradientMoments moments = moments_of(estimator, kDraws);
    const Variances expected = closed_form(name);
    const Estimate mean = moments.variance({.role = nn::Role::weight});
    const Estimate spread = moments.variance({.role = nn::Role::spread});
    BOOST_TEST_MESSAGE(name << ": " << mean.value << " ± " << mean.error << ", " << expected.mean
                            << "; " << spread.value << " ± " << spread.error << ", "
                            << expected.spread);
    // The error of 10 blocks has a Student distribution with 9 degrees of freedom.
    BOOST_TEST(std::abs(mean.value - expected.mean) < 5 * mean.error, name);
    BOOST_TEST(std::abs(spread.value - expected.spread) < 5 * spread.error, name);
    // Normal draws have a relative error of √(2 / draws).
    BOOST_TEST(mean.error < 0.1 * mean.value, name);
    BOOST_TEST(spread.error < 0.1 * spread.value, name);
    const Estimate both = moments.variance({});
    BOOST_CHECK_CLOSE(both.value, mean.value + spread.value, 1e-9);
    // The expectations: E ∂L/∂μ = mean a x = 0.90625 and E ∂L/∂λ = σ² mean x² / 2.
    const double error = std::sqrt(mean.value / kDraws);
    BOOST_TEST(std::abs(moments.parameters[0].mean[0] - 0.90625) < 4.5 * error, name);
    const double spread_error = std::sqrt(spread.value / kDraws);
    BOOST_TEST(
        std::abs(moments.parameters[1].mean[0] - std::exp(-1.0) / 2 * 3.5625) < 4.5 * spread_error,
        name);
    if (name != "weight") {
      BOOST_TEST(benchmarks::distance_in_standard_errors(moments, first) < benchmarks::kFarApart,
                 name);
    }
  }
}

// Two batches with gradients that are known numbers.
BOOST_AUTO_TEST_CASE(moments_of_given_gradients) {
  class Given : public nn::Module {
   public:
    Variable weight{Tensor::full({1}, 0), true};
    Variable forward(const Variable& x) override { return weight * x; }
    void visit(nn::Visitor& visitor) override { visitor.parameter("weight", weight); }
  } model;
  const std::vector<std::vector<double>> gradients{{1, 3, 2, 6}, {5, 5, 7, 9}};
  std::size_t calls = 0;
  const auto objective = [&](nn::Module& module, const train::Batch&,
                             const train::TrainingPosition&) {
    const double gradient = gradients[calls / 4][calls % 4];
    ++calls;
    return train::Loss{sum(module(Variable(Tensor::full({1}, gradient)))), {}, {}};
  };
  const GradientMoments moments =
      benchmarks::gradient_moments(model, objective, {train::Batch{}, train::Batch{}}, 4);
  // The mean of all eight; the mean over batches of each block's variance: blocks of two draws,
  // with variances 2 and 8 in the first batch, 0 and 2 in the second.
  BOOST_TEST(moments.parameters.size() == 1U);
  BOOST_TEST(moments.parameters[0].layer == "");
  BOOST_CHECK_CLOSE(moments.parameters[0].mean[0], 38.0 / 8, 1e-9);
  const Estimate variance = moments.variance({.role = nn::Role::weight});
  BOOST_CHECK_CLOSE(variance.value, 3, 1e-9);
  BOOST_CHECK_CLOSE(variance.error, 2, 1e-9);  // of 1 and 5
  BOOST_TEST(moments.variance({.role = nn::Role::spread}).value == 0);
  GradientMoments other = moments;
  other.parameters[0].mean[0] += 3;
  // 3 / √(3 / 8 + 3 / 8)
  BOOST_CHECK_CLOSE(benchmarks::distance_in_standard_errors(other, moments), std::sqrt(12.0), 1e-9);
  BOOST_CHECK_THROW(benchmarks::gradient_moments(model, objective, {train::Batch{}}, 3),
                    ValueError);
  BOOST_CHECK_THROW(benchmarks::gradient_moments(model, objective, {}, 4), ValueError);
}

BOOST_AUTO_TEST_CASE(ratios_carry_both_errors) {
  const Estimate ratio = benchmarks::ratio({3, 0.3}, {6, 0.8});
  BOOST_CHECK_CLOSE(ratio.value, 0.5, 1e-9);
  BOOST_CHECK_CLOSE(ratio.error, 0.5 * std::sqrt(0.01 + 0.64 / 36), 1e-9);
}

BOOST_AUTO_TEST_CASE(a_run_leaves_tables_json_and_figures) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "variance").string();
  const Outcome outcome = run_variance(
      {"--batch-sizes", "32", "64", "--draws", "10", "--threads", "1", "--out", prefix});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.out.starts_with("BayesianLeNet5, softplus, Gaussian posterior with log σ² = "
                                     "-8, random weights; 64 images of synthetic-digits\n"),
             outcome.out);
  BOOST_TEST(contains(outcome.out, "\nthe mean gradients "), outcome.out);
  const Json json = Json::parse(read_text(prefix + ".json"));
  BOOST_TEST_REQUIRE(json.at("points").size() == 2U);
  BOOST_TEST(json.at("points").at(0).at("batches") == 2);
  BOOST_TEST(json.at("points").at(1).at("batches") == 1);
  const Json& estimators = json.at("points").at(1).at("estimators");
  BOOST_TEST_REQUIRE(estimators.size() == 3U);
  for (const Json& estimator : estimators) {
    for (const char* group : {"means", "spreads"}) {
      BOOST_TEST(estimator.at(group).at("variance").at("value") > 0);
    }
    BOOST_TEST(estimator.at("layers").size() == 5U);
  }
  BOOST_TEST(estimators.at(0).at("name") == "weight reparametrisation");
  BOOST_TEST(estimators.at(0).at("means").at("relative").at("value") == 1);
  // Noise of its own for each example makes the gradient of a batch less noisy.
  for (const std::size_t i : {1U, 2U}) {
    BOOST_TEST(estimators.at(i).at("means").at("relative").at("value") < 0.6);
  }
  BOOST_TEST(json.at("program").at("name") == "credence-gradient-variance");
  BOOST_TEST(read_text(prefix + ".png").substr(1, 3) == "PNG");
  BOOST_TEST(contains(read_text(prefix + ".svg"), "</svg>"));
  // The same command gives the same figures with any number of threads.
  const Outcome again =
      run_variance({"--batch-sizes", "32", "64", "--draws", "10", "--threads", "3"});
  const auto tables = [](const std::string& text) {
    const std::size_t from = text.find("variance of the gradient");
    return text.substr(from, text.find("\nfiles: ") - from);
  };
  BOOST_TEST(tables(again.out) == tables(outcome.out));
}

BOOST_AUTO_TEST_CASE(real_images_and_training_are_options) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 40, 10);
  const Outcome outcome = run_variance({"--dataset", "mnist", "--epochs", "1", "--batch-sizes", "8",
                                        "--draws", "4", "--threads", "1", "--activation", "relu"},
                                       {"CREDENCE_DATA=" + folder.path().string()});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.out.starts_with("BayesianLeNet5, relu, Gaussian posterior with log σ² = -8, "
                                     "trained for 1 epoch; 8 images of mnist\n"),
             outcome.out);
  const Outcome nowhere = run_variance({"--dataset", "mnist"});
  BOOST_TEST(nowhere.status == 1);
  BOOST_TEST(contains(nowhere.err, "--data-dir"), nowhere.err);
  BOOST_TEST(line_count(nowhere.err) == 1, nowhere.err);
  const Outcome too_many = run_variance({"--dataset", "mnist", "--batch-sizes", "41"},
                                        {"CREDENCE_DATA=" + folder.path().string()});
  BOOST_TEST(too_many.status == 1);
  BOOST_TEST(contains(too_many.err, "mnist has 40 training images"), too_many.err);
}

BOOST_AUTO_TEST_CASE(wrong_usage_of_gradient_variance_is_one_line_and_status_two) {
  const auto check = [](const std::vector<std::string>& arguments, const std::string& message) {
    const Outcome outcome = run_variance(arguments);
    BOOST_TEST(outcome.status == 2, message);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("credence-gradient-variance: "), outcome.err);
    BOOST_TEST(contains(outcome.err, message), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
  };
  check({"--fast"}, "--fast");
  check({"--model", "LeNet6"}, "--model");
  check({"--model", "VGG11"}, "[3, 32, 32]");
  check({"--batch-sizes", "4", "2"}, "--batch-sizes");
  check({"--batch-sizes", "0"}, "--batch-sizes");
  check({"--draws", "3"}, "--draws");
  check({"--log-variance", "nan"}, "--log-variance");
  check({"--dataset", "cifar10"}, "--dataset");
  check({"--activation", "step"}, "--activation");
  check({"--precision", "bf16"}, "--device cuda");
  check({"--force"}, "--out");
  const Outcome unwritable = run_variance({"--out", "/nonexistent/variance"});
  BOOST_TEST(unwritable.status == 1);
  BOOST_TEST(line_count(unwritable.err) == 1, unwritable.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

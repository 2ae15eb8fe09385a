// Tests of examples/own: each program prints what its part is worth.
#include "tests/benchmarks/program.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(own_examples)

namespace {

// What the program prints.
std::string output_of(const char* name, const std::vector<std::string>& arguments = {}) {
  const std::filesystem::path folder = std::filesystem::path(CREDENCE_TRAIN_MNIST).parent_path();
  const Outcome outcome = run_program((folder / ("own_" + std::string(name))).string(), arguments);
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  return outcome.out;
}

// Reads the numbers of the text by a format of scanf.
template <class... Numbers>
void read_numbers(const std::string& text, const char* format, Numbers*... numbers) {
  BOOST_TEST_REQUIRE(std::sscanf(text.c_str(), format, numbers...) == int{sizeof...(Numbers)},
                     text);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_op_has_its_values_and_gradients) {
  const std::string out = output_of("op");
  double distance = 0;
  double first = 0;
  double second = 0;
  double error = 1;
  read_numbers(out,
               "squared distance %lf, gradient %lf %lf gradient check passed, largest error %lf",
               &distance, &first, &second, &error);
  // 3² + 4², and 2 (x − y).
  BOOST_TEST(distance == 25);
  BOOST_TEST(first == -6);
  BOOST_TEST(second == -8);
  BOOST_TEST(error < 1e-7);
}

BOOST_AUTO_TEST_CASE(the_layer_trains_in_both_families) {
  const std::string out = output_of("layer");
  int frequentist = 0;
  int bayesian = 0;
  double accuracy[2] = {0, 0};
  read_numbers(out,
               "frequentist: gradient check passed, %d parameters, accuracy %lf %% Bayesian: "
               "gradient check passed, %d parameters, accuracy %lf",
               &frequentist, &accuracy[0], &bayesian, &accuracy[1]);
  // Weights 2 · 16 + 16 · 16 + 16 · 2, as many spreads, biases 16 + 16 + 2, scale 16.
  BOOST_TEST(frequentist == 320 + 34 + 16);
  BOOST_TEST(bayesian == 2 * 320 + 34 + 16);
  for (const double one : accuracy) BOOST_TEST(one > 90);
}

BOOST_AUTO_TEST_CASE(the_objective_finds_the_quantile) {
  const std::string out = output_of("objective");
  double first = 0;
  double last = 0;
  double below = 0;
  double slope = 0;
  double intercept = 0;
  read_numbers(out, "loss %lf to %lf, %lf %% of the targets below the line %lf x + %lf", &first,
               &last, &below, &slope, &intercept);
  BOOST_TEST(last < first);
  // The least pinball loss of uniform noise on [0, 1): τ (1 − τ) / 2.
  BOOST_TEST(std::abs(last - 0.045) < 0.002);
  // 4000 points: a standard error of 0.5 %.
  BOOST_TEST(std::abs(below - 90) < 1.5);
  BOOST_TEST(std::abs(slope - 2) < 0.05);
  BOOST_TEST(std::abs(intercept - 0.9) < 0.03);
}

BOOST_AUTO_TEST_CASE(the_optimiser_trains_and_steps_by_its_formula) {
  const std::string out = output_of("optimizer");
  double first = 0;
  double last = 1;
  double accuracy = 0;
  double step = 0;
  read_numbers(out, "loss %lf to %lf, accuracy %lf %% first step %lf", &first, &last, &accuracy,
               &step);
  BOOST_TEST(last < 0.5 * first);
  BOOST_TEST(accuracy > 85);
  // rate / √(1 − smoothing)
  BOOST_TEST(std::abs(step + 0.01 / 0.5) < 2e-6);
}

BOOST_AUTO_TEST_CASE(the_data_source_streams_its_file) {
  const std::string out = output_of("data_source");
  int records = 0;
  int batches = 0;
  double rmse = 1;
  read_numbers(out, "%d records in %d batches, RMSE %lf", &records, &batches, &rmse);
  BOOST_TEST(records == 20'000);
  BOOST_TEST(batches == 200);
  // The products of two uniform numbers have a deviation of 1/3.
  BOOST_TEST(rmse < 0.02);
}

BOOST_AUTO_TEST_CASE(the_method_predicts_by_its_snapshots_and_its_file_loads) {
  const TemporaryFolder folder;
  const std::string out = output_of("method", {(folder.path() / "snapshots").string()});
  double one = 0;
  double all = 0;
  int snapshots = 0;
  double information = 0;
  read_numbers(out,
               "accuracy %lf %% with one snapshot, %lf %% with %d, mutual information %lf nats",
               &one, &all, &snapshots, &information);
  BOOST_TEST(snapshots == 5);
  BOOST_TEST(one > 70);
  BOOST_TEST(all >= one - 1);
  BOOST_TEST(information > 0);
  BOOST_TEST(out.find("the file predicts the same\n") != std::string::npos, out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

// Tests of examples/regression_1d: what its model knows of a curve with a gap in its data.
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "tests/framework/support.hpp"

#include <cstdio>
#include <filesystem>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(regression_example)

namespace {

std::string program() {
  return (std::filesystem::path(CREDENCE_TRAIN_MNIST).parent_path() / "regression_1d").string();
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_is_uncertain_in_the_gap_and_calibrated_on_data) {
  const TemporaryFolder folder;
  const std::filesystem::path stem = folder.path() / "curve";
  const Outcome outcome = run_program(program(), {stem.string()});
  BOOST_TEST(outcome.status == 0);
  double rmse = 0;
  double nll = 0;
  double crps = 0;
  double coverage = 0;
  double ratio = 0;
  const int read = std::sscanf(
      outcome.out.c_str(),
      "held-out points: RMSE %lf, NLL %lf, CRPS %lf, 90 %% intervals hold %lf %% epistemic "
      "deviation in the gap, relative to that on data: %lf",
      &rmse, &nll, &crps, &coverage, &ratio);
  BOOST_REQUIRE(read == 5);
  // 300 points: 90 % within 2.9 standard errors.
  BOOST_TEST(coverage >= 85);
  BOOST_TEST(coverage <= 95);
  BOOST_TEST(ratio >= 5);
  // The noise has deviations from 0.08 to 0.18.
  BOOST_TEST(rmse < 0.15);
  BOOST_TEST(std::filesystem::file_size(stem.string() + ".png") > 10'000U);
  BOOST_TEST(std::filesystem::exists(stem.string() + ".svg"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test

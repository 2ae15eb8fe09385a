// Tests of the risk–coverage curve, against NumPy's means over sorted rows and over all orders of
// equal confidences (generate_metrics.py).
#include "bayes/metrics/selective.hpp"

#include "bayes/metrics/scores.hpp"
#include "tests/bayes/metrics/support.hpp"

#include <algorithm>

namespace credence::bayes::metrics {
namespace {

RiskCoverage curve_of(const std::string& name, DType dtype) {
  const Reference& expected = reference(name);
  return risk_coverage_curve(expected.at("confidences").to(dtype), expected.at("losses").to(dtype));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_selective)

BOOST_AUTO_TEST_CASE(the_curve_is_the_mean_loss_of_the_most_confident) {
  for (const char* name : {"metrics_selective", "metrics_selective_ties"}) {
    const Reference& expected = reference(name);
    for (const DType dtype : {DType::float64, DType::float32}) {
      const RiskCoverage curve = curve_of(name, dtype);
      const double tolerance = dtype == DType::float64 ? 1e-11 : 1e-6;
      BOOST_TEST(largest_error(numbers(curve.risk), expected.at("risk")) < tolerance);
      BOOST_TEST(std::abs(area_under_risk_coverage(curve) - number(expected, "area")) < tolerance);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_risk_at_a_coverage_is_that_of_enough_rows) {
  const Reference& expected = reference("metrics_selective");
  const RiskCoverage curve = curve_of("metrics_selective", DType::float64);
  BOOST_TEST(std::abs(risk_at_coverage(curve, 0.3) - number(expected, "risk_at_30_percent")) <
             1e-11);
  for (std::size_t k = 1; k <= 50; ++k) {
    // k / 50 of 50 rows are k rows, whichever way the product is rounded.
    BOOST_TEST(risk_at_coverage(curve, static_cast<double>(k) / 50) == curve.risk[k - 1]);
    BOOST_TEST(curve.coverage[k - 1] == static_cast<double>(k) / 50);
  }
  BOOST_TEST(risk_at_coverage(curve, 0.301) == curve.risk[15]);
  BOOST_TEST(risk_at_coverage(curve, 1e-9) == curve.risk[0]);
  for (const double coverage : {0.0, -0.5, 1.01, kNaN}) {
    BOOST_CHECK_THROW(risk_at_coverage(curve, coverage), ValueError);
  }
}

BOOST_AUTO_TEST_CASE(the_order_of_the_rows_changes_no_bit) {
  const Reference& expected = reference("metrics_selective_ties");
  std::vector<double> confidences = expected.at("confidences").to_vector<double>();
  std::vector<double> losses = expected.at("losses").to_vector<double>();
  const RiskCoverage forwards = risk_coverage_curve(numbers(confidences), numbers(losses));
  std::reverse(confidences.begin(), confidences.end());
  std::reverse(losses.begin(), losses.end());
  const RiskCoverage backwards = risk_coverage_curve(numbers(confidences), numbers(losses));
  BOOST_TEST(forwards.risk == backwards.risk, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(equal_confidences_have_the_same_risk_at_every_coverage) {
  const RiskCoverage curve =
      risk_coverage_curve(numbers({0.5, 0.5, 0.5, 0.5}), numbers({1, 0, 0, 0}));
  for (const double risk : curve.risk) BOOST_TEST(risk == 0.25);
  BOOST_TEST(area_under_risk_coverage(curve) == 0.25);
}

BOOST_AUTO_TEST_CASE(the_best_order_has_the_area_of_the_closed_form) {
  // The last m of N are wrong: 1/N Σ_{j=1}^{m} j / (N − m + j).
  std::vector<double> confidences;
  std::vector<double> losses;
  double expected = 0;
  for (int n = 0; n < 40; ++n) {
    confidences.push_back(-n);
    losses.push_back(n < 33 ? 0 : 1);
    if (n >= 33) expected += static_cast<double>(n - 32) / (n + 1) / 40;
  }
  const RiskCoverage curve = risk_coverage_curve(numbers(confidences), numbers(losses));
  BOOST_TEST(std::abs(area_under_risk_coverage(curve) - expected) < 1e-15);
}

BOOST_AUTO_TEST_CASE(one_row_has_its_own_loss) {
  const RiskCoverage curve = risk_coverage_curve(numbers({-kInfinity}), numbers({3}));
  BOOST_TEST(area_under_risk_coverage(curve) == 3);
  BOOST_TEST(risk_at_coverage(curve, 0.01) == 3);
}

BOOST_AUTO_TEST_CASE(wrong_input_is_an_error) {
  const Tensor two = numbers({0, 1});
  BOOST_CHECK_THROW(risk_coverage_curve(numbers({}), numbers({})), ShapeError);
  BOOST_CHECK_THROW(risk_coverage_curve(two, numbers({1})), ShapeError);
  BOOST_CHECK_THROW(risk_coverage_curve(two.reshape({2, 1}), two), ShapeError);
  BOOST_CHECK_THROW(risk_coverage_curve(two, two.to(DType::int64)), ShapeError);
  BOOST_CHECK_EXCEPTION(risk_coverage_curve(numbers({0, kNaN}), two), ValueError,
                        says("row 1 is nan"));
  BOOST_CHECK_EXCEPTION(risk_coverage_curve(two, numbers({kInfinity, 0})), ValueError,
                        says("row 0 is inf"));
  BOOST_CHECK_THROW(area_under_risk_coverage({}), ValueError);
  BOOST_CHECK_THROW(risk_at_coverage({}, 0.5), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics

// Tests of the distances of predictions, against NumPy and SciPy (generate_metrics.py).
#include "bayes/metrics/agreement.hpp"

#include "tests/bayes/metrics/support.hpp"

namespace credence::bayes::metrics {

BOOST_AUTO_TEST_SUITE(metrics_agreement)

BOOST_AUTO_TEST_CASE(they_are_what_numpy_computes) {
  const Reference& expected = reference("metrics_agreement");
  const Tensor q = expected.at("q");
  in_both_precisions(expected.at("p"), [&](const Tensor& p, double tolerance) {
    BOOST_TEST(std::abs(agreement(p, q) - number(expected, "agreement")) < 1e-11);
    BOOST_TEST(std::abs(agreement(q, p) - number(expected, "agreement")) < 1e-11);
    BOOST_TEST(std::abs(total_variation(p, q) - number(expected, "total_variation")) < tolerance);
    BOOST_TEST(std::abs(total_variation(q, p) - number(expected, "total_variation")) < tolerance);
    BOOST_TEST(total_variation(p, p) == 0);
    BOOST_TEST(agreement(p, p) == 1);
  });
}

BOOST_AUTO_TEST_CASE(distributions_without_overlap_are_at_distance_one) {
  const Tensor p = logs_of(3, {1, 0, 0, 0.5, 0.5, 0});
  const Tensor q = logs_of(3, {0, 1, 0, 0, 0, 1});
  BOOST_TEST(total_variation(p, q) == 1);
  BOOST_TEST(agreement(p, q) == 0);
}

BOOST_AUTO_TEST_CASE(the_distance_of_normals_is_the_integral_over_their_quantiles) {
  const Reference& expected = reference("metrics_agreement");
  const auto normals = [&](std::int64_t i) {
    return Normals{expected.at("means").slice(i, i + 1), expected.at("deviations").slice(i, i + 1)};
  };
  BOOST_TEST(std::abs(wasserstein_distance(normals(0), normals(1)) -
                      number(expected, "wasserstein")) < 1e-9);
  BOOST_TEST(wasserstein_distance(normals(1), normals(1)) == 0);
  BOOST_TEST(wasserstein_distance({numbers({0}), numbers({0})}, {numbers({3}), numbers({4})}) == 5);
}

BOOST_AUTO_TEST_CASE(wrong_input_is_an_error_that_names_the_row) {
  const Tensor good = logs_of(2, {0.5, 0.5, 0.25, 0.75});
  for (const auto metric : {agreement, total_variation}) {
    BOOST_CHECK_THROW(metric(good, good.slice(0, 1)), ShapeError);
    BOOST_CHECK_THROW(metric(Tensor(), good), ShapeError);
    BOOST_CHECK_THROW(metric(good.slice(0, 0), good.slice(0, 0)), ShapeError);
    BOOST_CHECK_EXCEPTION(metric(good, logs_of(2, {0.5, 0.5, 1, kNaN})), ValueError, says("row 1"));
  }
  const Normals one{numbers({0}), numbers({1})};
  BOOST_CHECK_THROW(wasserstein_distance(one, {numbers({0, 1}), numbers({1, 1})}), ShapeError);
  BOOST_CHECK_EXCEPTION(wasserstein_distance(one, {numbers({0}), numbers({-1})}), ValueError,
                        says("element 0"));
  BOOST_CHECK_THROW(wasserstein_distance(one, {numbers({kNaN}), numbers({1})}), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics

// Tests of the distance of mixtures of Gaussians, against closed forms and SciPy's integrals
// (generate_metrics.py).
#include "bayes/metrics/mixture_distance.hpp"

#include "tests/bayes/metrics/support.hpp"

namespace credence::bayes::metrics {

BOOST_AUTO_TEST_SUITE(metrics_mixture_distance)

BOOST_AUTO_TEST_CASE(two_normals_of_one_deviation_have_the_closed_form) {
  // 2Φ(|m_p − m_q| / 2s) − 1, in cells of s / 32.
  for (const double gap : {0.01, 0.5, 2.0, 6.0}) {
    const double distance = total_variation(gaussian(numbers({1}), numbers({0.25})),
                                            gaussian(numbers({1 + gap / 4}), numbers({0.25})));
    const double expected = std::erf(gap / 2 / std::sqrt(2));
    BOOST_TEST(std::abs(distance - expected) < 1e-4);
    BOOST_TEST(distance <= expected + 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(mixtures_have_scipys_integral) {
  const Reference& expected = reference("metrics_mixture_distance");
  for (const DType dtype : {DType::float64, DType::float32}) {
    const auto mixture = [&](const std::string& name) {
      return GaussianMixture{expected.at(name + "_means").to(dtype),
                             expected.at(name + "_deviations").to(dtype)};
    };
    const double distance = total_variation(mixture("p"), mixture("q"));
    BOOST_TEST(std::abs(distance - number(expected, "total_variation")) < 2e-4);
    BOOST_TEST(total_variation(mixture("q"), mixture("p")) == distance);
    BOOST_TEST(total_variation(mixture("p"), mixture("p")) == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_order_and_the_repetition_of_members_do_not_matter) {
  const GaussianMixture two{numbers({0, 3}).reshape({2, 1}), numbers({1, 0.5}).reshape({2, 1})};
  const GaussianMixture four{numbers({3, 0, 3, 0}).reshape({4, 1}),
                             numbers({0.5, 1, 0.5, 1}).reshape({4, 1})};
  BOOST_TEST(total_variation(two, four) < 1e-12);
}

BOOST_AUTO_TEST_CASE(distributions_without_overlap_are_at_distance_one) {
  BOOST_TEST(std::abs(total_variation(gaussian(numbers({0, 5}), numbers({0.1, 1e-6})),
                                      gaussian(numbers({9, -5}), numbers({0.2, 1e-3}))) -
                      1) < 1e-12);
}

BOOST_AUTO_TEST_CASE(wrong_input_is_an_error) {
  const GaussianMixture one = gaussian(numbers({0}), numbers({1}));
  BOOST_CHECK_THROW(total_variation(one, gaussian(numbers({0, 1}), numbers({1, 1}))), ShapeError);
  BOOST_CHECK_THROW(total_variation(one, gaussian(numbers({0}), numbers({0}))), ValueError);
  BOOST_CHECK_THROW(total_variation(gaussian(numbers({kNaN}), numbers({1})), one), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics

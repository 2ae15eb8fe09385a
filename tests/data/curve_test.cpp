// Tests of the synthetic curve: its points follow its formulas.
#include "data/curve.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(curve)

BOOST_AUTO_TEST_CASE(points_leave_the_gap_and_scatter_as_stated) {
  constexpr std::int64_t kCount = 20'000;
  const Dataset points = curve_points(kCount, Generator(3));
  BOOST_TEST((points.inputs.shape() == Shape{kCount, 1}));
  BOOST_TEST((points.targets.shape() == Shape{kCount, 1}));
  BOOST_TEST(points.classes == 0);
  double left = 0;
  double sum = 0;
  double squares = 0;
  for (std::int64_t i = 0; i < kCount; ++i) {
    const double x = static_cast<double>(points.inputs.data<float>()[i]);
    const double y = static_cast<double>(points.targets.data<float>()[i]);
    BOOST_REQUIRE(std::abs(x) >= 0.5);
    BOOST_REQUIRE(std::abs(x) <= 2);
    BOOST_REQUIRE(curve_has_points(x));
    BOOST_REQUIRE(!curve_has_gap(x));
    const double deviation = x < 0 ? 0.08 : 0.08 + 0.05 * x;
    const double z = (y - 0.8 * std::sin(3 * x) - 0.3 * x) / deviation;
    left += x < 0 ? 1 : 0;
    sum += z;
    squares += z * z;
  }
  // Within four standard errors: 1/2 ± √(1/4n), 0 ± √(1/n), 1 ± √(2/n).
  BOOST_TEST(std::abs(left / kCount - 0.5) < 4 * std::sqrt(0.25 / kCount));
  BOOST_TEST(std::abs(sum / kCount) < 4 * std::sqrt(1.0 / kCount));
  BOOST_TEST(std::abs(squares / kCount - 1) < 4 * std::sqrt(2.0 / kCount));
}

BOOST_AUTO_TEST_CASE(a_smaller_set_is_the_beginning_of_a_larger_one) {
  const Dataset few = curve_points(10, Generator(1));
  const Dataset many = curve_points(20, Generator(1));
  BOOST_TEST(few.targets.to_vector<float>() == many.targets.slice(0, 10).to_vector<float>(),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::data

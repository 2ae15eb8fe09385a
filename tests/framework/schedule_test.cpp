// Tests of learning rate schedules.
#include "framework/optim/schedule.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::optim {

BOOST_AUTO_TEST_SUITE(schedule, *boost::unit_test::tolerance(1e-12))

BOOST_AUTO_TEST_CASE(a_constant_schedule_is_one) {
  BOOST_TEST(constant()(0, 10) == 1.0);
  BOOST_TEST(constant()(9, 10) == 1.0);
}

BOOST_AUTO_TEST_CASE(a_cosine_falls_from_one_to_the_floor) {
  const Schedule to_zero = cosine();
  BOOST_TEST(to_zero(0, 100) == 1.0);
  BOOST_TEST(to_zero(25, 100) == 0.5 + 0.25 * std::sqrt(2.0));
  BOOST_TEST(to_zero(50, 100) == 0.5);
  BOOST_TEST(to_zero(75, 100) == 0.5 - 0.25 * std::sqrt(2.0));
  BOOST_TEST(to_zero(100, 100) <= 1e-12);
  const Schedule to_floor = cosine(0, 0.1);
  BOOST_TEST(to_floor(0, 100) == 1.0);
  BOOST_TEST(to_floor(50, 100) == 0.55);
  BOOST_TEST(to_floor(100, 100) == 0.1);
  BOOST_TEST(to_floor(1000, 100) == 0.1);
}

BOOST_AUTO_TEST_CASE(a_warm_up_rises_to_one_and_the_cosine_takes_the_rest) {
  const Schedule schedule = cosine(4, 0.2);
  BOOST_TEST(schedule(0, 24) == 0.2);
  BOOST_TEST(schedule(1, 24) == 0.4);
  BOOST_TEST(schedule(3, 24) == 0.8);
  BOOST_TEST(schedule(4, 24) == 1.0);
  BOOST_TEST(schedule(14, 24) == 0.6);
  BOOST_TEST(schedule(24, 24) == 0.2);
  for (std::int64_t step = 5; step < 24; ++step) {
    BOOST_TEST(schedule(step, 24) < schedule(step - 1, 24));
  }
}

BOOST_AUTO_TEST_CASE(a_warm_up_may_be_as_long_as_the_training) {
  BOOST_TEST(cosine(4)(3, 4) == 0.8);
  BOOST_TEST(cosine(4)(4, 4) == 1.0);
  BOOST_TEST(cosine(9)(3, 4) == 0.4);
}

BOOST_AUTO_TEST_CASE(negative_settings_are_refused) {
  BOOST_CHECK_EXCEPTION(cosine(-1), ValueError, says("[cosine]"));
  BOOST_CHECK_THROW(cosine(0, -0.1), ValueError);
  BOOST_CHECK_THROW(cosine(0, std::nan("")), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::optim

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

// Zhang et al. 2020, equation 1, with their k from 1: ½ (cos(π mod(k − 1, ⌈K/M⌉) / ⌈K/M⌉) + 1).
BOOST_AUTO_TEST_CASE(cycles_are_those_of_the_paper_where_they_divide_the_run) {
  const Schedule schedule = cyclical_cosine(4);
  for (std::int64_t k = 1; k <= 20; ++k) {
    const double expected =
        0.5 * (std::cos(std::acos(-1.0) * static_cast<double>((k - 1) % 5) / 5) + 1);
    BOOST_TEST(schedule(k - 1, 20) == expected);
    BOOST_TEST(cyclical_cosine(4, 0.25)(k - 1, 20) == 0.25 + 0.75 * expected);
  }
}

BOOST_AUTO_TEST_CASE(all_cycles_are_complete) {
  for (const std::int64_t steps : {3, 10, 11, 1000, 9381}) {
    std::int64_t next = 0;
    for (std::int64_t cycle = 0; cycle < 3; ++cycle) {
      const std::int64_t length = cycle_place(next, steps, 3).length;
      BOOST_TEST((length == steps / 3 || length == steps / 3 + 1));
      for (std::int64_t step = 0; step < length; ++step) {
        const CyclePlace place = cycle_place(next++, steps, 3);
        BOOST_REQUIRE((place.cycle == cycle && place.step == step && place.length == length));
      }
    }
    BOOST_TEST(next == steps);
    BOOST_TEST(cycle_place(steps, steps, 3).cycle == 2);
  }
}

BOOST_AUTO_TEST_CASE(negative_settings_are_refused) {
  BOOST_CHECK_EXCEPTION(cyclical_cosine(0), ValueError, says("[cycles]"));
  BOOST_CHECK_THROW(cyclical_cosine(2, 1.5), ValueError);
  BOOST_CHECK_EXCEPTION(cyclical_cosine(4)(0, 3), ValueError, says("3 steps are too few"));
  BOOST_CHECK_EXCEPTION(cosine(-1), ValueError, says("[cosine]"));
  BOOST_CHECK_THROW(cosine(0, -0.1), ValueError);
  BOOST_CHECK_THROW(cosine(0, std::nan("")), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::optim

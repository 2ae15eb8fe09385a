// Tests of learning rate schedules.
#include "framework/optim/schedule.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::optim {

BOOST_AUTO_TEST_SUITE(schedule, *boost::unit_test::tolerance(1e-12))

namespace {

void check_rates(const Schedule& schedule, const std::vector<double>& expected) {
  const auto steps = static_cast<std::int64_t>(expected.size());
  for (std::int64_t step = 0; step < steps; ++step) {
    BOOST_TEST(schedule(step, steps) == expected[static_cast<std::size_t>(step)]);
  }
}

}  // namespace

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

// PyTorch 1.13 by tests/reference/generate_swa.py.
BOOST_AUTO_TEST_CASE(the_rate_of_weight_averaging_is_that_of_swalr,
                     *boost::unit_test::tolerance(1e-9)) {
  const std::vector<double> kCosine{1, 0.890165043, 0.625, 0.3598349571, 0.25, 0.25, 0.25};
  const std::vector<double> kLinear{1, 0.8125, 0.625, 0.4375, 0.25, 0.25, 0.25};
  const Schedule by_cosine = swa(0.3, 0.25, 4);
  const Schedule by_line = swa(0.3, 0.25, 4, Anneal::linear);
  const Schedule at_once = swa(0.3, 0.25);
  for (std::int64_t step = 0; step < 3; ++step) {
    for (const Schedule& schedule : {by_cosine, by_line, at_once}) {
      BOOST_TEST(schedule(step, 10) == 1.0);
    }
  }
  for (std::int64_t k = 0; k < 7; ++k) {
    BOOST_TEST(by_cosine(3 + k, 10) == kCosine[static_cast<std::size_t>(k)]);
    BOOST_TEST(by_line(3 + k, 10) == kLinear[static_cast<std::size_t>(k)]);
    BOOST_TEST(at_once(3 + k, 10) == 0.25);
  }
}

BOOST_AUTO_TEST_CASE(another_schedule_leads_to_the_rate_of_weight_averaging) {
  const Schedule schedule = swa(0.5, 0.3, 2, Anneal::linear, cosine(0, 0.1));
  BOOST_TEST(swa_start_step(0.5, 9) == 5);
  for (std::int64_t step = 0; step < 5; ++step) {
    BOOST_TEST(schedule(step, 9) == cosine(0, 0.1)(step, 5));
  }
  BOOST_TEST(schedule(5, 9) == 0.1);
  BOOST_TEST(schedule(6, 9) == 0.2);
  BOOST_TEST(schedule(7, 9) == 0.3);
  BOOST_TEST(schedule(8, 9) == 0.3);
}

// The numbers of the next three tests are PyTorch's, by tests/reference/generate_schedules.py.
BOOST_AUTO_TEST_CASE(powers_of_a_factor_are_those_of_pytorch) {
  const std::vector<double> kStep{1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125};
  const std::vector<double> kExponential{1,
                                         0.90000000000000002,
                                         0.81000000000000005,
                                         0.72900000000000009,
                                         0.65610000000000013,
                                         0.59049000000000018};
  check_rates(step_decay(3, 0.5), kStep);
  check_rates(exponential(0.9), kExponential);
  BOOST_TEST(step_decay(4)(4, 8) == 0.1);
}

BOOST_AUTO_TEST_CASE(one_cycle_is_that_of_pytorch) {
  const std::vector<double> kOneCycle{
      0.040000000000000036, 0.34978965421958308, 0.87928515912212868,  0.99441543545091171,
      0.93301296984141169,  0.81174565394976295, 0.64737899769510332,  0.46263710266697505,
      0.28306099820869923,  0.1334775301888306,  0.034566987425395219, 3.9999999999999998e-06};
  const std::vector<double> kOneCycleLine{
      0.10000000000000001, 0.3647058823529411,  0.62941176470588223,  0.89411764705882335,
      0.9091818181818182,  0.75781818181818184, 0.60645454545454547,  0.4550909090909091,
      0.30372727272727285, 0.15236363636363637, 0.0010000000000000009};
  const std::vector<double> kThreePhases{
      0.040000000000000036, 0.34978965421958308,  0.87928515912212868,   0.94501889231354075,
      0.46214239347744462,  0.053947927635494983, 0.038188478225550757,  0.031399266481102694,
      0.021461122608274177, 0.011219194562284108, 0.0036055993471152542, 0.00080000000000000004};
  check_rates(one_cycle(), kOneCycle);
  check_rates(
      one_cycle({.rise = 0.4, .anneal = Anneal::linear, .start_divisor = 10, .end_divisor = 100}),
      kOneCycleLine);
  check_rates(one_cycle({.end_divisor = 50, .three_phases = true}), kThreePhases);
}

BOOST_AUTO_TEST_CASE(one_cycle_of_a_short_run_is_finite) {
  for (const std::int64_t steps : {1, 2, 3, 4}) {
    for (std::int64_t step = 0; step <= steps; ++step) {
      const double factor = one_cycle()(step, steps);
      BOOST_TEST((factor >= 4e-6 * (1 - 1e-9) && factor <= 1));
      BOOST_TEST(std::isfinite(one_cycle({.three_phases = true})(step, steps)));
    }
    BOOST_TEST(one_cycle()(steps - 1, steps) == 4e-6);
  }
  // The rise ends with the first step.
  BOOST_TEST(one_cycle({.rise = 0.25})(0, 4) == 1);
}

BOOST_AUTO_TEST_CASE(a_schedule_may_count_epochs) {
  const Schedule schedule = each_epoch(cosine(1), 3);
  for (std::int64_t step = 0; step < 12; ++step) {
    BOOST_TEST(schedule(step, 12) == cosine(1)(step / 3, 4));
  }
}

BOOST_AUTO_TEST_CASE(settings_of_decays_and_cycles_are_checked) {
  BOOST_CHECK_EXCEPTION(step_decay(0), ValueError, says("[step_decay] the period"));
  BOOST_CHECK_EXCEPTION(step_decay(2, 0), ValueError, says("[step_decay] the factor"));
  BOOST_CHECK_EXCEPTION(exponential(-1), ValueError, says("[exponential] the factor"));
  BOOST_CHECK_THROW(exponential(std::nan("")), ValueError);
  BOOST_CHECK_EXCEPTION(each_epoch(constant(), 0), ValueError, says("[each_epoch]"));
  BOOST_CHECK_EXCEPTION(one_cycle({.rise = 1.5}), ValueError, says("[one_cycle] the rise"));
  BOOST_CHECK_THROW(one_cycle({.rise = 0.6, .three_phases = true}), ValueError);
  BOOST_CHECK_EXCEPTION(one_cycle({.start_divisor = 0}), ValueError, says("the divisors"));
  BOOST_CHECK_THROW(one_cycle({.end_divisor = -1}), ValueError);
}

BOOST_AUTO_TEST_CASE(negative_settings_are_refused) {
  BOOST_CHECK_EXCEPTION(cyclical_cosine(0), ValueError, says("[cycles]"));
  BOOST_CHECK_THROW(cyclical_cosine(2, 1.5), ValueError);
  BOOST_CHECK_EXCEPTION(cyclical_cosine(4)(0, 3), ValueError, says("3 steps are too few"));
  BOOST_CHECK_EXCEPTION(swa(1.5, 0.5), ValueError, says("[swa]"));
  BOOST_CHECK_THROW(swa(-0.5, 0.5), ValueError);
  BOOST_CHECK_THROW(swa(0.5, -1), ValueError);
  BOOST_CHECK_THROW(swa(0.5, std::nan("")), ValueError);
  BOOST_CHECK_THROW(swa(0.5, 0.5, -1), ValueError);
  BOOST_CHECK_EXCEPTION(cosine(-1), ValueError, says("[cosine]"));
  BOOST_CHECK_THROW(cosine(0, -0.1), ValueError);
  BOOST_CHECK_THROW(cosine(0, std::nan("")), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::optim

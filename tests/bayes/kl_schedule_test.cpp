// Tests of the weight of the divergence over a run.
#include "bayes/kl_schedule.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(kl_schedule)

namespace {

// The factor at each step of a run of `epochs` epochs.
std::vector<double> factors(const KlSchedule& schedule, std::int64_t epochs, std::int64_t batches) {
  std::vector<double> result;
  for (std::int64_t step = 0; step < epochs * batches; ++step) {
    result.push_back(schedule({.step = step, .steps = epochs * batches, .batches = batches}));
  }
  return result;
}

bool settled(const KlSchedule& schedule, std::int64_t step) {
  return schedule.settled({.step = step, .steps = 8, .batches = 4});
}

const auto per_element = boost::test_tools::per_element();

}  // namespace

BOOST_AUTO_TEST_CASE(the_factor_is_one_without_a_warm_up) {
  BOOST_TEST(factors({}, 2, 2) == std::vector<double>(4, 1.0), per_element);
  BOOST_TEST(settled({}, 0));
}

BOOST_AUTO_TEST_CASE(a_linear_warm_up_rises_over_its_share) {
  const std::vector<double> expected{0, 0.25, 0.5, 0.75, 1, 1, 1, 1};
  BOOST_TEST(factors(0.5, 2, 4) == expected, per_element);
  BOOST_TEST(factors(KlSchedule::linear(0.5), 2, 4) == expected, per_element);
  BOOST_TEST(!settled(0.5, 3));
  BOOST_TEST(settled(0.5, 4));
}

BOOST_AUTO_TEST_CASE(a_delayed_warm_up_begins_later) {
  const std::vector<double> expected{0, 0, 0, 0.5, 1, 1, 1, 1};
  const KlSchedule schedule = KlSchedule::delayed_linear(0.25, 0.25);
  BOOST_TEST(factors(schedule, 2, 4) == expected, per_element);
  BOOST_TEST(!settled(schedule, 3));
  BOOST_TEST(settled(schedule, 4));
  // A rise without a length is a jump.
  const std::vector<double> jump{0, 0, 0, 0, 1, 1, 1, 1};
  BOOST_TEST(factors(KlSchedule::delayed_linear(0.5, 0), 2, 4) == jump, per_element);
}

BOOST_AUTO_TEST_CASE(a_cyclic_warm_up_begins_anew) {
  const std::vector<double> expected{0, 0.5, 1, 1, 0, 0.5, 1, 1};
  const KlSchedule schedule = KlSchedule::cyclic(2, 0.5);
  BOOST_TEST(factors(schedule, 2, 4) == expected, per_element);
  BOOST_TEST(!settled(schedule, 7));
}

BOOST_AUTO_TEST_CASE(blundells_factors_halve_within_an_epoch) {
  // 2^(M−i) / (2^M − 1) with M = 4 is 8/15, 4/15, 2/15, 1/15, times M for the whole training set.
  const std::vector<double> epoch{32 / 15.0, 16 / 15.0, 8 / 15.0, 4 / 15.0};
  const std::vector<double> found = factors(KlSchedule::blundell(), 2, 4);
  for (std::size_t i = 0; i < found.size(); ++i) {
    BOOST_TEST(std::abs(found[i] - epoch[i % 4]) < 1e-12);
  }
  // No power of two overflows.
  const std::vector<double> many = factors(KlSchedule::blundell(), 1, 5000);
  double sum = 0;
  for (const double factor : many) sum += factor;
  BOOST_TEST(std::abs(sum / 5000 - 1) < 1e-12);
}

BOOST_AUTO_TEST_CASE(a_function_of_ones_own_is_asked_at_each_step) {
  const KlSchedule schedule = KlSchedule::custom(
      [](const train::TrainingPosition& p) { return static_cast<double>(p.step) * 2; });
  const std::vector<double> expected{0, 2, 4, 6};
  BOOST_TEST(factors(schedule, 1, 4) == expected, per_element);
  BOOST_TEST(!settled(schedule, 7));
}

BOOST_AUTO_TEST_CASE(what_is_no_share_is_refused) {
  for (const double bad : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    BOOST_CHECK_THROW(KlSchedule{bad}, ValueError);
    BOOST_CHECK_THROW(KlSchedule::delayed_linear(bad, 0), ValueError);
    BOOST_CHECK_THROW(KlSchedule::cyclic(1, bad), ValueError);
  }
  BOOST_CHECK_EXCEPTION(KlSchedule::delayed_linear(0.6, 0.6), ValueError,
                        says("a share of the steps from 0 to 1"));
  BOOST_CHECK_EXCEPTION(KlSchedule::cyclic(0), ValueError, says("at least 1 cycle"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes

// Tests of the plateau schedule against PyTorch.
#include "framework/optim/plateau.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::optim {

BOOST_AUTO_TEST_SUITE(plateau, *boost::unit_test::tolerance(1e-12))

namespace {

// The numbers of this file are PyTorch's, by tests/reference/generate_schedules.py.
const std::vector<double> kLosses{1.0, 0.9, 0.95, 0.89999, 0.92, 0.91, 0.5, 0.6,
                                  0.6, 0.6, 0.6,  0.6,     0.6,  0.6,  0.6, 0.4};

void check_rates(const Plateau& settings, Better better, const std::vector<double>& values,
                 const std::vector<double>& expected) {
  PlateauRate rate(settings, better);
  BOOST_TEST(rate.factor() == 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    rate.update(values[i]);
    BOOST_TEST(rate.factor() == expected[i], "after value " << i);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_rate_is_that_of_pytorch) {
  check_rates({.factor = 0.5, .patience = 2}, Better::smaller, kLosses,
              {1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125});
  check_rates({.factor = 0.5, .patience = 1, .cooldown = 2, .floor = 0.2}, Better::smaller, kLosses,
              {1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2});
  check_rates(
      {.patience = 1, .threshold = 0.2, .threshold_mode = Threshold::absolute}, Better::smaller,
      kLosses,
      {1, 1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01, 1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5, 1e-6, 1e-6});
  check_rates({.factor = 0.01, .patience = 0, .epsilon = 1e-3}, Better::smaller,
              std::vector<double>(8, 1.0), {1, 0.01, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4});
}

BOOST_AUTO_TEST_CASE(larger_may_be_better) {
  std::vector<double> scores;
  for (const double loss : kLosses) scores.push_back(1 - loss);
  check_rates({.factor = 0.5, .patience = 2, .threshold = 0.05}, Better::larger, scores,
              {1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125});
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_is_no_improvement) {
  PlateauRate rate({.factor = 0.5, .patience = 1}, Better::smaller);
  for (const double value : {1.0, std::nan(""), std::nan("")}) rate.update(value);
  BOOST_TEST(rate.factor() == 0.5);
}

BOOST_AUTO_TEST_CASE(settings_are_checked) {
  const auto refused = [](const Plateau& settings, const char* why) {
    BOOST_CHECK_EXCEPTION(PlateauRate(settings, Better::smaller), ValueError, says(why));
  };
  refused({.factor = 1}, "[plateau] the factor must be in (0, 1)");
  refused({.factor = 0}, "[plateau] the factor");
  refused({.patience = -1}, "[plateau] patience");
  refused({.threshold = std::nan("")}, "must not be negative");
  refused({.cooldown = -1}, "must not be negative");
  refused({.floor = -0.1}, "must not be negative");
  refused({.epsilon = -1}, "must not be negative");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::optim

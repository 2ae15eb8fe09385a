// Tests of every op on the device with each extent set to 0.
#include "tests/framework/empty_extents.hpp"

#include "tests/bayes/empty_extents.hpp"
#include "tests/cuda/device.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_empty_extents)

BOOST_AUTO_TEST_CASE(every_op_refuses_them_or_gives_finite_results) {
  if (no_device()) return;
  check_empty(framework_cases(), Device::cuda);
  check_empty(bayesian_cases(), Device::cuda);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence

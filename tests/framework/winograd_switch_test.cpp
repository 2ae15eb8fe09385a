// Tests of the environment variable that switches Winograd's algorithm on or off.
#include "framework/cpu/convolution/winograd_switch.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(winograd_switch)

BOOST_AUTO_TEST_CASE(it_is_on_or_off) {
  BOOST_TEST(cpu::parse_winograd(nullptr));
  BOOST_TEST(cpu::parse_winograd("on"));
  BOOST_TEST(!cpu::parse_winograd("off"));
  for (const char* value : {"", "no", "0", "OFF"}) {
    BOOST_CHECK_EXCEPTION(cpu::parse_winograd(value), ValueError, says("must be on or off"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence

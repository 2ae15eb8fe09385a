// Test of numbers with nouns.
#include "framework/base/counted.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(counted_things)

BOOST_AUTO_TEST_CASE(one_thing_is_not_plural) {
  BOOST_TEST(counted(1, "epoch") == "1 epoch");
  BOOST_TEST(counted(0, "epoch") == "0 epochs");
  BOOST_TEST(counted(2, "epoch") == "2 epochs");
  BOOST_TEST(counted(-1, "epoch") == "-1 epochs");
  BOOST_TEST(counted(1, "class", "classes") == "1 class");
  BOOST_TEST(counted(10, "class", "classes") == "10 classes");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence

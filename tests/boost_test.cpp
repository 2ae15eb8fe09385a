// Boost.Test itself, for test programs that link no library of it.
#define BOOST_TEST_NO_MAIN
#include <boost/test/included/unit_test.hpp>

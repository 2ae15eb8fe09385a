#define BOOST_TEST_MODULE credence
#include <boost/test/unit_test.hpp>

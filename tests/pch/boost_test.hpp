// The precompiled header of all tests: most of what a test file compiles is Boost.Test.
#include <boost/test/unit_test.hpp>

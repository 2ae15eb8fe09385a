// Precompiled for all tests: Boost.Test is most of what each of them compiles.
#include <boost/test/unit_test.hpp>

// The precompiled header of all tests: most of what a test file compiles is Boost.Test, JSON
// and the standard library.
#include "framework/pch/standard.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

// Tests of the cache of library plans.
#include "framework/cuda/libraries/plan_cache.hpp"

#include <optional>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::cuda {

BOOST_AUTO_TEST_SUITE(plan_cache)

namespace {

BOOST_AUTO_TEST_CASE(a_plan_is_made_once_for_each_key) {
  PlanCache<int, std::string> cache;
  int made = 0;
  const auto plan = [&](int key) -> std::string& {
    return cache.get(key, [&] {
      ++made;
      return std::to_string(key);
    });
  };
  const std::string& first = plan(1);
  BOOST_TEST(plan(2) == "2");
  BOOST_TEST(&plan(1) == &first);
  BOOST_TEST(first == "1");
  BOOST_TEST(made == 2);
}

BOOST_AUTO_TEST_CASE(a_plan_that_could_not_be_made_is_tried_again) {
  PlanCache<int, int> cache;
  BOOST_CHECK_THROW(cache.get(1, []() -> int { throw std::runtime_error("no"); }),
                    std::runtime_error);
  BOOST_TEST(cache.get(1, [] { return 5; }) == 5);
}

BOOST_AUTO_TEST_CASE(that_there_is_no_plan_is_remembered) {
  PlanCache<int, std::optional<int>> cache;
  int made = 0;
  for (int i = 0; i < 2; ++i) {
    const std::optional<int>& plan = cache.get(1, [&]() -> std::optional<int> {
      ++made;
      return {};
    });
    BOOST_TEST(!plan.has_value());
  }
  BOOST_TEST(made == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::cuda

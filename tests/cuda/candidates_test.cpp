// Tests of plans that are tried one after the other.
#include "framework/cuda/libraries/candidates.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::cuda {

BOOST_AUTO_TEST_SUITE(candidates)

namespace {

// Plans 0, 1, … below `count`, and which were asked for.
struct Plans {
  int count;
  std::vector<int> made{};

  Candidates<int> candidates() {
    return Candidates<int>([this](int refused) {
      made.push_back(refused);
      return refused < count ? std::optional(refused) : std::nullopt;
    });
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_refused_plan_is_followed_by_the_next_which_is_remembered) {
  Plans plans{3};
  Candidates<int> tried = plans.candidates();
  std::vector<int> asked;
  const auto run = [&](int plan) {
    asked.push_back(plan);
    return plan == 0 ? CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH : CUDNN_STATUS_SUCCESS;
  };
  for (int call = 0; call < 2; ++call) {
    BOOST_TEST((tried.run(run) == std::optional(CUDNN_STATUS_SUCCESS)));
  }
  BOOST_TEST((asked == std::vector{0, 1, 1}));
  // A plan is made when the one before it is refused, and not before.
  BOOST_TEST((plans.made == std::vector{0, 1}));
}

BOOST_AUTO_TEST_CASE(other_failures_are_answers) {
  Plans plans{2};
  Candidates<int> tried = plans.candidates();
  BOOST_TEST((tried.run([](int) { return CUDNN_STATUS_EXECUTION_FAILED; }) ==
              std::optional(CUDNN_STATUS_EXECUTION_FAILED)));
  BOOST_TEST((plans.made == std::vector{0}));
}

BOOST_AUTO_TEST_CASE(where_all_are_refused_there_is_no_answer) {
  Plans plans{2};
  Candidates<int> tried = plans.candidates();
  const auto refuse = [](int) { return CUDNN_STATUS_NOT_SUPPORTED; };
  BOOST_TEST(!tried.run(refuse).has_value());
  BOOST_TEST((plans.made == std::vector{0, 1, 2}));
  // Nor later, without another try.
  BOOST_TEST(!tried.run(refuse).has_value());
  BOOST_TEST(plans.made.size() == 3U);
  Plans none{0};
  BOOST_TEST(!none.candidates().run(refuse).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::cuda

// Tests of the rules for cuDNN's engines.
#include "framework/cuda/libraries/engine_choice.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::cuda {

BOOST_AUTO_TEST_SUITE(engine_choice)

namespace {

constexpr EngineLimits kExact{.tensor_cores = false, .workspace_bytes = 1000};
constexpr EngineLimits kFast{.tensor_cores = true, .workspace_bytes = 1000};

BOOST_AUTO_TEST_CASE(tensor_cores_are_for_those_whose_factors_may_be_rounded) {
  BOOST_TEST(!may_use_tensor_cores<float>(Precision::fp32));
  BOOST_TEST(may_use_tensor_cores<float>(Precision::tf32));
  BOOST_TEST(!may_use_tensor_cores<float>(Precision::bf16));
  BOOST_TEST(may_use_tensor_cores<BFloat16>(Precision::bf16));
  const EngineNotes notes{.tensor_cores = true};
  BOOST_TEST(!kExact.allow(notes));
  BOOST_TEST(kFast.allow(notes));
}

BOOST_AUTO_TEST_CASE(engines_that_note_nothing_are_allowed) {
  BOOST_TEST(kExact.allow({}));
  BOOST_TEST(kFast.allow({}));
}

BOOST_AUTO_TEST_CASE(other_bits_each_time_fewer_bits_and_transforms_never_are) {
  for (const EngineLimits& limits : {kExact, kFast}) {
    BOOST_TEST(!limits.allow({.nondeterministic = true}));
    BOOST_TEST(!limits.allow({.rounds_factors = true}));
    BOOST_TEST(!limits.allow({.rounds_sums = true}));
    BOOST_TEST(!limits.allow({.transforms = true}));
  }
}

BOOST_AUTO_TEST_CASE(the_workspace_has_a_limit) {
  BOOST_TEST(kExact.allow_workspace(0));
  BOOST_TEST(kExact.allow_workspace(1000));
  BOOST_TEST(!kExact.allow_workspace(1001));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::cuda

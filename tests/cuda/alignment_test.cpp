// Tests of the alignment of arrays that the libraries are told.
#include "framework/cuda/libraries/alignment.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::cuda {

BOOST_AUTO_TEST_SUITE(alignment)

namespace {

BOOST_AUTO_TEST_CASE(is_that_of_the_least_aligned_array) {
  alignas(64) constexpr char kBytes[64]{};
  BOOST_TEST(alignment_of({kBytes}, 16U) == 16U);
  BOOST_TEST(alignment_of({kBytes + 8}, 16U) == 8U);
  BOOST_TEST(alignment_of({kBytes + 12}, 16U) == 4U);
  BOOST_TEST(alignment_of({kBytes, kBytes + 8, kBytes + 4}, 256U) == 4U);
  BOOST_TEST(alignment_of({kBytes + 1}, 16U) == 1U);
}

BOOST_AUTO_TEST_CASE(is_the_most_without_an_array) { BOOST_TEST(alignment_of({}, 256U) == 256U); }

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::cuda

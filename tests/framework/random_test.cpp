// Tests of Philox against its published answers, and of the vector kernels' normal numbers.
#include "framework/core/random.hpp"

#include "framework/dispatch/kernels.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(random)

// The known answers of the Random123 distribution.
BOOST_AUTO_TEST_CASE(philox_gives_the_published_words) {
  using Words = std::array<std::uint32_t, 4>;
  BOOST_TEST((philox4x32({0, 0, 0, 0}, {0, 0}) ==
              Words{0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U}));
  constexpr std::uint32_t ones = 0xffffffffU;
  BOOST_TEST((philox4x32({ones, ones, ones, ones}, {ones, ones}) ==
              Words{0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU}));
}

BOOST_AUTO_TEST_CASE(vector_normals_are_those_of_the_definition) {
  const RandomStream stream = Generator(3).split("noise").next();
  const Tensor numbers = Tensor::empty({1000});
  kernels<float>(Device::cpu).normal(stream, 1000, numbers.data<float>());
  for (std::int64_t i = 0; i < 1000; ++i) {
    const double expected = stream.normal(i);
    BOOST_TEST(std::abs(static_cast<double>(numbers.data<float>()[i]) - expected) < 2e-6);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence

// Tests of the vector form of random streams for elements far beyond the size of any array. The
// kernels' tests cover the rest.
#include "tests/framework/lowest_isa.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(vector_stream)

namespace {

BOOST_AUTO_TEST_CASE(upper_words_of_counters_and_draws_count) {
  constexpr std::int64_t kNumel = 8 * RandomStream::kGroup;
  // Each counter gives four numbers. The counters are before, at and far beyond the first with an
  // upper word.
  constexpr std::int64_t kCarry = std::int64_t{1} << 34;
  for (const std::int64_t first : {std::int64_t{0}, kCarry - kNumel, kCarry, 12345 * kCarry}) {
    for (const std::uint64_t draw : {std::uint64_t{3}, (std::uint64_t{1} << 40) + 3}) {
      const RandomStream stream{0x0123456789ABCDEFU, draw};
      alignas(64) float numbers[kNumel];
      cpu::CREDENCE_ISA::VectorStream(stream).normals(first, kNumel, numbers);
      double worst = 0;
      for (std::int64_t i = 0; i < kNumel; ++i) {
        worst =
            std::max(worst, std::abs(static_cast<double>(numbers[i]) - stream.normal(first + i)));
      }
      BOOST_TEST(worst < 2e-6, "from element " << first << ": off by " << worst);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence

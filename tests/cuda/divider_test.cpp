// Tests of the division by numbers that a launch knows: it is that of 64-bit numbers.
#include "framework/cuda/divider.hpp"

#include <cstdint>
#include <limits>
#include <set>

#include <boost/test/unit_test.hpp>

namespace credence::cuda {

BOOST_AUTO_TEST_SUITE(device_divider)

namespace {

constexpr std::int64_t kTwo32 = std::int64_t{1} << 32;
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

// All small divisors, and those about powers of two, up to the largest number there is.
std::set<std::int64_t> divisors() {
  std::set<std::int64_t> all{kLargest, kLargest - 1};
  for (std::int64_t d = 1; d <= 1030; ++d) all.insert(d);
  for (int power = 10; power < 63; ++power) {
    for (std::int64_t near = -3; near <= 3; ++near) {
      all.insert((std::int64_t{1} << power) + near);
      if (power < 61) all.insert(3 * (std::int64_t{1} << power) + near);
    }
  }
  return all;
}

// The numbers whose quotient changes, and their neighbours: about the multiples of d next to 0, to
// powers of two and to the largest numbers.
std::set<std::int64_t> numbers(std::int64_t d) {
  std::set<std::int64_t> all{0, 1, 2, kLargest, kLargest - 1};
  for (const std::int64_t middle :
       {std::int64_t{0}, d, 1000 * (d % 1000000), std::int64_t{1} << 16, std::int64_t{1} << 24,
        std::int64_t{1} << 31, kTwo32 / 3, kTwo32 - 1, kTwo32, kTwo32 + 1, std::int64_t{1} << 48,
        kLargest / 2}) {
    const std::int64_t multiple = middle / d;
    for (std::int64_t near = -2; near <= 2; ++near) {
      for (std::int64_t next = -2; next <= 2; ++next) {
        // What does not fit into 64 bits wraps around, to a number that is as good as any.
        const auto n = static_cast<std::int64_t>(static_cast<std::uint64_t>(multiple + near) *
                                                     static_cast<std::uint64_t>(d) +
                                                 static_cast<std::uint64_t>(next));
        if (n >= 0) all.insert(n);
      }
    }
  }
  return all;
}

BOOST_AUTO_TEST_CASE(quotients_and_remainders_are_those_of_64_bits) {
  std::int64_t wrong = 0;
  for (const std::int64_t d : divisors()) {
    const Divider divider(d);
    BOOST_TEST(divider.divisor() == d);
    for (const std::int64_t n : numbers(d)) {
      const std::int64_t quotient = divider.quotient(n);
      if (quotient == n / d && divider.remainder(n, quotient) == n % d) continue;
      BOOST_TEST(quotient == n / d, n << " / " << d);
      ++wrong;
    }
  }
  BOOST_TEST(wrong == 0);
}

// Every 16-bit number by every 8-bit one, and the last numbers that take the short way.
BOOST_AUTO_TEST_CASE(short_numbers_divide_exactly) {
  std::int64_t wrong = 0;
  for (std::int64_t d = 1; d < 256; ++d) {
    const Divider divider(d);
    for (std::int64_t n = 0; n < 65536; ++n) {
      wrong += divider.quotient(n) != n / d;
      const std::int64_t high = kTwo32 - 1 - n;
      wrong += divider.quotient(high) != high / d;
    }
  }
  BOOST_TEST(wrong == 0);
}

// An array [N, 3, 5]: element 47 is in plane 9, the first of image 3.
BOOST_AUTO_TEST_CASE(an_element_has_a_channel) {
  const ChannelIndex index(3, 5);
  BOOST_TEST(index.plane(47) == 9);
  BOOST_TEST(index.channel(47) == 0);
  BOOST_TEST(index.channel(44) == 2);
  const std::int64_t far = 7 * kTwo32;
  BOOST_TEST(index.channel(far) == far / 5 % 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::cuda

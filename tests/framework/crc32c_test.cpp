// Tests of the check CRC-32C.
#include "framework/io/crc32c.hpp"

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

namespace credence::io {

BOOST_AUTO_TEST_SUITE(crc32c_check)

// RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRC algorithms.
BOOST_AUTO_TEST_CASE(checks_are_those_of_the_standard) {
  BOOST_TEST(crc32c("123456789") == 0xE3069283U);
  BOOST_TEST(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
  BOOST_TEST(crc32c(std::string(32, '\xff')) == 0x62A8AB43U);
  std::string ascending;
  for (char byte = 0; byte < 32; ++byte) ascending += byte;
  BOOST_TEST(crc32c(ascending) == 0x46DD794EU);
  BOOST_TEST(crc32c(std::string(ascending.rbegin(), ascending.rend())) == 0x113FDB5CU);
  BOOST_TEST(crc32c("") == 0U);
}

BOOST_AUTO_TEST_CASE(the_check_of_a_text_goes_on_from_that_of_its_beginning) {
  std::string ascending;
  for (char byte = 0; byte < 32; ++byte) ascending += byte;
  const std::string_view text = ascending;
  for (std::size_t first = 0; first <= text.size(); ++first) {
    BOOST_TEST(crc32c(text.substr(first), crc32c(text.substr(0, first))) == 0x46DD794EU);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::io

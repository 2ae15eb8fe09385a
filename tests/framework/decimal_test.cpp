// Tests of reading decimal numbers.
#include "framework/base/decimal.hpp"

#include <cstdint>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(decimal)

BOOST_AUTO_TEST_CASE(whole_numbers_are_decimal_whatever_they_begin_with) {
  BOOST_TEST(*parse_decimal<std::int64_t>("010") == 10);
  BOOST_TEST(*parse_decimal<std::int64_t>("08") == 8);
  BOOST_TEST(*parse_decimal<std::int64_t>("05000") == 5000);
  BOOST_TEST(*parse_decimal<std::int64_t>("-007") == -7);
  BOOST_TEST(*parse_decimal<std::int64_t>("0") == 0);
  BOOST_TEST(*parse_decimal<int>("1024") == 1024);
}

BOOST_AUTO_TEST_CASE(the_largest_numbers_are_read_and_the_next_are_not) {
  BOOST_TEST(*parse_decimal<std::uint64_t>("18446744073709551615") == UINT64_MAX);
  BOOST_TEST(!parse_decimal<std::uint64_t>("18446744073709551616"));
  BOOST_TEST(*parse_decimal<std::int64_t>("9223372036854775807") == INT64_MAX);
  BOOST_TEST(!parse_decimal<std::int64_t>("9223372036854775808"));
  BOOST_TEST(*parse_decimal<std::int64_t>("-9223372036854775808") == INT64_MIN);
  BOOST_TEST(!parse_decimal<std::int64_t>("-9223372036854775809"));
  BOOST_TEST(!parse_decimal<int>("2147483648"));
  BOOST_TEST(!parse_decimal<double>("1e309"));
}

BOOST_AUTO_TEST_CASE(what_is_no_decimal_number_is_none) {
  for (const char* text : {"", " ", "-", "+1", " 1", "1 ", "0x10", "1e3", "1.0", "1,000", "ten",
                           "3x", "\xEF\xBC\x91", "0b1", "1'000"}) {
    BOOST_TEST(!parse_decimal<std::int64_t>(text), '"' << text << '"');
    BOOST_TEST(!parse_decimal<std::uint64_t>(text), '"' << text << '"');
  }
  BOOST_TEST(!parse_decimal<std::uint64_t>("-1"));
  BOOST_TEST(!parse_decimal<std::int64_t>(std::string("1\0", 2)));
}

BOOST_AUTO_TEST_CASE(real_numbers_have_a_point_and_an_exponent) {
  for (const auto parse : {parse_decimal<double>, decimal_from_stream}) {
    BOOST_TEST(*parse("1e-3") == 1e-3);
    BOOST_TEST(*parse("010.50") == 10.5);
    BOOST_TEST(*parse("-2.5E2") == -250);
    BOOST_TEST(*parse("2.5e+2") == 250);
    BOOST_TEST(*parse(".5") == 0.5);
    BOOST_TEST(*parse("7") == 7);
    BOOST_TEST(*parse("0e5") == 0);
    BOOST_TEST(*parse("1.7976931348623157e308") == 1.7976931348623157e308);
    for (const char* text :
         {"",    "nan",   "inf",    "-infinity", "0x1p3", "1e", "1.2.3", " 1", "1 ",   "+1",
          "1,5", "1e400", "-1e400", "1e-400",    "--1",   "-",  ".",     "1-", "0x10", "1f"}) {
      BOOST_TEST(!parse(text), '"' << text << '"');
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence

// Tests of the records of TensorBoard's event files against bytes that TensorBoard wrote.
#include "framework/io/event_file.hpp"

#include "tests/framework/support.hpp"

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::io {

BOOST_AUTO_TEST_SUITE(event_file)

// The events are those of tests/reference/generate_events.py.
BOOST_AUTO_TEST_CASE(records_have_the_bytes_of_tensorboard) {
  std::ifstream file(std::string(CREDENCE_TEST_REFERENCE) + "/tensorboard.tfevents",
                     std::ios::binary);
  const std::string expected(std::istreambuf_iterator<char>(file), {});
  BOOST_TEST(!expected.empty());
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Tensor values = Tensor::from({5}, std::vector<double>{0, 1, 2, 64, 64}).to(dtype);
    const std::string records = event_record(version_event(1234.5)) +
                                event_record(scalar_event({1234.5, 300}, "step/loss", 0.75)) +
                                event_record(image_event({1234.5, 7}, "curve", 300, 2, "png")) +
                                event_record(histogram_event({1234.5, 7}, "w", values));
    BOOST_TEST(records == expected);
  }
}

BOOST_AUTO_TEST_CASE(histograms_leave_out_what_is_not_finite) {
  const auto event = [](const std::vector<double>& values) {
    return histogram_event({1, 1}, "w",
                           Tensor::from({static_cast<std::int64_t>(values.size())}, values));
  };
  const double infinity = std::numeric_limits<double>::infinity();
  BOOST_TEST(event({3, std::nan(""), 5, infinity, -infinity}) == event({3, 5}));
  // Values that are all equal are in one interval, and no value is in none.
  BOOST_TEST(event({2, 2, 2}).size() < event({2, 2, 3}).size() / 4);
  BOOST_TEST(event({infinity}) == event({}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::io

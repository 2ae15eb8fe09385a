// The messages of event files, field by field, and their records.
#include "framework/io/event_file.hpp"

#include "framework/io/crc32c.hpp"
#include "framework/io/protobuf.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace credence::io {
namespace {

std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

// Fields of the messages.
namespace event {
constexpr std::uint32_t kWallTime = 1;
constexpr std::uint32_t kStep = 2;
constexpr std::uint32_t kFileVersion = 3;
constexpr std::uint32_t kSummary = 5;
}  // namespace event
namespace summary {
constexpr std::uint32_t kValue = 1;
constexpr std::uint32_t kTag = 1;
constexpr std::uint32_t kSimpleValue = 2;
constexpr std::uint32_t kImage = 4;
constexpr std::uint32_t kHistogram = 5;
}  // namespace summary
namespace image {
constexpr std::uint32_t kHeight = 1;
constexpr std::uint32_t kWidth = 2;
constexpr std::uint32_t kColorspace = 3;
constexpr std::uint32_t kEncoded = 4;
constexpr std::int64_t kRgb = 3;
}  // namespace image
namespace histogram {
constexpr std::uint32_t kMin = 1;
constexpr std::uint32_t kMax = 2;
constexpr std::uint32_t kCount = 3;
constexpr std::uint32_t kSum = 4;
constexpr std::uint32_t kSquareSum = 5;
constexpr std::uint32_t kBucketLimit = 6;
constexpr std::uint32_t kBucket = 7;
}  // namespace histogram

std::string summary_event(const EventPlace& place, const ProtobufMessage& value) {
  return ProtobufMessage()
      .float64(event::kWallTime, place.wall_time)
      .integer(event::kStep, place.step)
      .bytes(event::kSummary, ProtobufMessage().bytes(summary::kValue, value.text()).text())
      .text();
}

// The message HistogramProto. Bucket i holds the values above limit i − 1 and up to limit i; the
// first one, up to the smallest value, is there for readers that take its lower end for −∞.
ProtobufMessage histogram_of(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double low = values.empty() ? 0 : *least;
  const double high = values.empty() ? 0 : *most;
  const int buckets = high > low ? kHistogramBuckets : 1;
  const double width = (high - low) / buckets;
  std::vector<double> limits{low};
  for (int i = 1; i < buckets; ++i) limits.push_back(low + width * i);
  limits.push_back(high);
  std::vector<double> counts(limits.size(), 0.0);
  double sum = 0;
  double square_sum = 0;
  for (const double value : values) {
    const auto limit = std::lower_bound(limits.begin() + 1, limits.end(), value);
    ++counts[static_cast<std::size_t>(limit - limits.begin())];
    sum += value;
    square_sum += value * value;
  }
  return ProtobufMessage()
      .float64(histogram::kMin, low)
      .float64(histogram::kMax, high)
      .float64(histogram::kCount, static_cast<double>(values.size()))
      .float64(histogram::kSum, sum)
      .float64(histogram::kSquareSum, square_sum)
      .packed(histogram::kBucketLimit, limits)
      .packed(histogram::kBucket, counts);
}

}  // namespace

std::string event_record(std::string_view data) {
  std::string record;
  put_little_endian(record, static_cast<std::uint64_t>(data.size()));
  put_little_endian(record, masked(crc32c(record)));
  record += data;
  put_little_endian(record, masked(crc32c(data)));
  return record;
}

std::string version_event(double wall_time) {
  return ProtobufMessage()
      .float64(event::kWallTime, wall_time)
      .bytes(event::kFileVersion, "brain.Event:2")
      .text();
}

std::string scalar_event(const EventPlace& place, std::string_view tag, double value) {
  return summary_event(place, ProtobufMessage()
                                  .bytes(summary::kTag, tag)
                                  .float32(summary::kSimpleValue, static_cast<float>(value)));
}

std::string histogram_event(const EventPlace& place, std::string_view tag, const Tensor& values) {
  std::vector<double> numbers = values.to_vector<double>();
  std::erase_if(numbers, [](double value) { return !std::isfinite(value); });
  return summary_event(place, ProtobufMessage()
                                  .bytes(summary::kTag, tag)
                                  .bytes(summary::kHistogram, histogram_of(numbers).text()));
}

std::string image_event(const EventPlace& place, std::string_view tag, std::int64_t width,
                        std::int64_t height, std::string_view png) {
  return summary_event(place,
                       ProtobufMessage()
                           .bytes(summary::kTag, tag)
                           .bytes(summary::kImage, ProtobufMessage()
                                                       .integer(image::kHeight, height)
                                                       .integer(image::kWidth, width)
                                                       .integer(image::kColorspace, image::kRgb)
                                                       .bytes(image::kEncoded, png)
                                                       .text()));
}

}  // namespace credence::io

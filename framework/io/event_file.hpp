// Records of TensorBoard's event files: bytes that its readers understand. The messages are those
// of tensorboard/compat/proto/{event,summary,histogram}.proto, in protobuf's wire format
// (protobuf.hpp).
#pragma once

#include "framework/core/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace credence::io {

/// A record of the format TFRecord: the length of the data (uint64), its masked check (uint32), the
/// data, and their masked check, all little-endian. A check is CRC-32C (crc32c.hpp). The mask of a
/// check c is
/// ((c >> 15) | (c << 17)) + 0xa282ead8.
std::string event_record(std::string_view data);

/// Where an event belongs: seconds since 1970, and the step of its run.
struct EventPlace {
  double wall_time = 0;
  std::int64_t step = 0;
};

// Events, each the data of one record.

/// The first event of each file: its version, "brain.Event:2".
std::string version_event(double wall_time);
/// A number, as a float32, on the tab of scalars.
std::string scalar_event(const EventPlace& place, std::string_view tag, double value);
/// The distribution of the finite elements of a tensor of floating-point numbers: their count, sum
/// and sum of squares, and how many are in each of kHistogramBuckets intervals of equal width from
/// the smallest to the largest. An interval has its upper end; the first also has its lower one.
std::string histogram_event(const EventPlace& place, std::string_view tag, const Tensor& values);
inline constexpr int kHistogramBuckets = 64;
/// A picture in the format PNG of this size, in pixels.
std::string image_event(const EventPlace& place, std::string_view tag, std::int64_t width,
                        std::int64_t height, std::string_view png);

}  // namespace credence::io

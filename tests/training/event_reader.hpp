// A reader of TensorBoard's event files for tests, written from the format's definition and
// independent of the writer: TFRecord's framing, CRC-32C bit by bit, and the messages' fields.
#pragma once

#include "tests/framework/protobuf_reader.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace credence::test {

struct Histogram {
  double min = 0;
  double max = 0;
  double count = 0;
  double sum = 0;
  double square_sum = 0;
  std::vector<double> limits{};
  std::vector<double> counts{};
  bool operator==(const Histogram&) const = default;
};

struct Image {
  std::uint64_t height = 0;
  std::uint64_t width = 0;
  std::string png{};
  bool operator==(const Image&) const = default;
};

struct Event {
  double wall_time = 0;
  std::uint64_t step = 0;
  std::string version{};
  std::string tag{};
  std::optional<float> scalar{};
  std::optional<Histogram> histogram{};
  std::optional<Image> image{};
  bool operator==(const Event&) const = default;
};

// A CRC-32C by division, without a table.
inline std::uint32_t divided_crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

inline double double_at(const Fields& fields, std::uint64_t field) {
  return fields.has(field) ? number_from<double>(fields.at(field)) : 0;
}

inline std::vector<double> doubles_at(const Fields& fields, std::uint64_t field) {
  std::vector<double> numbers;
  std::string_view bytes = fields.at(field);
  for (; !bytes.empty(); bytes.remove_prefix(8)) {
    numbers.push_back(number_from<double>(bytes.substr(0, 8)));
  }
  return numbers;
}

inline Event event_of(std::string_view message) {
  const Fields fields = fields_of(message);
  Event event{.wall_time = double_at(fields, 1), .step = fields.varint(2)};
  if (fields.has(3)) event.version = fields.at(3);
  if (!fields.has(5)) return event;
  const Fields value = fields_of(fields_of(fields.at(5)).at(1));
  event.tag = value.at(1);
  if (value.has(2)) event.scalar = number_from<float>(value.at(2));
  if (value.has(4)) {
    const Fields image = fields_of(value.at(4));
    event.image =
        Image{.height = image.varint(1), .width = image.varint(2), .png = std::string(image.at(4))};
  }
  if (value.has(5)) {
    const Fields histogram = fields_of(value.at(5));
    event.histogram = Histogram{.min = double_at(histogram, 1),
                                .max = double_at(histogram, 2),
                                .count = double_at(histogram, 3),
                                .sum = double_at(histogram, 4),
                                .square_sum = double_at(histogram, 5),
                                .limits = doubles_at(histogram, 6),
                                .counts = doubles_at(histogram, 7)};
  }
  return event;
}

/// The events of a file. Throws std::runtime_error where its records or their checks are wrong.
inline std::vector<Event> read_events(std::string_view file) {
  const auto masked = [](std::string_view bytes) {
    const std::uint32_t crc = divided_crc32c(bytes);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
  };
  std::vector<Event> events;
  while (!file.empty()) {
    const auto length = number_from<std::uint64_t>(file.substr(0, 8));
    if (masked(file.substr(0, 8)) != number_from<std::uint32_t>(file.substr(8, 4)) ||
        file.size() < 16 + length) {
      throw std::runtime_error("a record with a wrong length");
    }
    const std::string_view data = file.substr(12, length);
    if (masked(data) != number_from<std::uint32_t>(file.substr(12 + length, 4))) {
      throw std::runtime_error("a record with a wrong check");
    }
    events.push_back(event_of(data));
    file.remove_prefix(16 + length);
  }
  return events;
}

}  // namespace credence::test

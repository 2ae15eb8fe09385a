// Parsing, checking and writing of the JSON header of safetensors files.
#include "framework/io/safetensors_header.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace credence::io {
namespace {

using nlohmann::json;

constexpr std::int64_t kLargestNumber = std::numeric_limits<std::int64_t>::max();

// A text of the file for a message: quoted, shortened and without control characters.
std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 200;
  return json(text.substr(0, kLongest)).dump(-1, ' ', true, json::error_handler_t::replace);
}

// Receives the JSON event by event (the interface of nlohmann::json::sax_parse). An unexpected
// event is refused at once, so that nesting is never deeper than in the format.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  SafeTensorsHeader take() { return std::move(header_); }

  bool start_object(std::size_t) {
    if (place_ == Place::outside) {
      place_ = Place::top;
    } else if (place_ == Place::top) {
      place_ = name_ == kSafeTensorsMetadata ? Place::metadata : Place::entry;
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool key(std::string& key) {
    const bool top = place_ == Place::top;
    if (!(top ? names_ : keys_).insert(key).second) {
      reject(fmt::format("{} has {} twice", top ? "the header" : entry(), shown(key)));
    }
    if (place_ == Place::entry && key != "dtype" && key != "shape" && key != "data_offsets") {
      reject(fmt::format("{} has {}, expected dtype, shape and data_offsets", entry(), shown(key)));
    }
    (top ? name_ : key_) = std::move(key);
    if (top) keys_.clear();
    return true;
  }

  bool end_object() {
    if (place_ == Place::entry) {
      if (keys_.size() < 3) reject(entry() + " lacks one of dtype, shape and data_offsets");
      header_.entries.push_back({name_, type_.dtype, shape_, offsets_[0], offsets_[1], type_.half});
    }
    place_ = place_ == Place::top ? Place::outside : Place::top;
    return true;
  }

  bool start_array(std::size_t) {
    if (place_ != Place::entry || key_ == "dtype") unexpected("an array");
    place_ = Place::numbers;
    numbers_.clear();
    return true;
  }

  bool end_array() {
    if (key_ == "shape") {
      try {
        shape_ = Shape(std::span<const std::int64_t>(numbers_));
      } catch (const ShapeError&) {
        reject(fmt::format("{} of shape [{}] has more elements than can be counted", entry(),
                           fmt::join(numbers_, ",")));
      }
    } else {
      if (numbers_.size() < 2) reject(entry() + ": data_offsets needs 2 numbers");
      offsets_ = {static_cast<std::uint64_t>(numbers_[0]), static_cast<std::uint64_t>(numbers_[1])};
    }
    place_ = Place::entry;
    return true;
  }

  bool string(std::string& text) {
    if (place_ == Place::metadata) {
      header_.metadata.emplace(key_, std::move(text));
      return true;
    }
    if (place_ != Place::entry || key_ != "dtype") unexpected("a string");
    const auto* type =
        std::find_if(kSafeTensorsTypes.begin(), kSafeTensorsTypes.end(),
                     [&](const SafeTensorsType& candidate) { return candidate.name == text; });
    if (type == kSafeTensorsTypes.end()) {
      reject(fmt::format("{} has the dtype {}, expected F32, F64, F16, BF16, U8, I32 or I64",
                         entry(), shown(text)));
    }
    type_ = *type;
    return true;
  }

  bool number_unsigned(std::uint64_t number) {
    if (place_ != Place::numbers) unexpected("a number");
    if (number > static_cast<std::uint64_t>(kLargestNumber)) unexpected("a number above 2^63 - 1");
    const std::size_t most = key_ == "shape" ? Shape::kMaxRank : 2;
    if (numbers_.size() == most) {
      reject(fmt::format("{}: {} has more than {} numbers", entry(), key_, most));
    }
    numbers_.push_back(static_cast<std::int64_t>(number));
    return true;
  }
  bool number_integer(std::int64_t) { unexpected("a negative number"); }
  bool number_float(double, const std::string&) { unexpected("a number that is no integer"); }
  bool boolean(bool) { unexpected("a truth value"); }
  bool null() { unexpected("null"); }
  bool binary(json::binary_t&) { unexpected("binary data"); }

  bool parse_error(std::size_t position, const std::string&, const json::exception&) {
    const std::uint64_t last_read = position == 0 ? 0 : position - 1;
    throw FileError(path_, kSafeTensorsSizeBytes + last_read,
                    "the header is no valid JSON up to here");
  }

 private:
  enum class Place : std::uint8_t { outside, top, metadata, entry, numbers };

  std::string entry() const {
    return name_ == kSafeTensorsMetadata ? name_ : "tensor " + shown(name_);
  }

  [[noreturn]] void reject(const std::string& what) const { throw FileError(path_, what); }

  [[noreturn]] void unexpected(std::string_view found) const {
    const bool outer = place_ == Place::outside || place_ == Place::top;
    std::string_view expected = outer ? "an object" : "an array";
    if (place_ == Place::numbers) expected = "integers from 0 to 2^63 - 1";
    if (place_ == Place::metadata || (place_ == Place::entry && key_ == "dtype")) {
      expected = "a string";
    }
    reject(fmt::format("{}{} is {}, expected {}", place_ == Place::outside ? "the header" : entry(),
                       outer ? "" : ": " + shown(key_), found, expected));
  }

  const std::string& path_;
  SafeTensorsHeader header_;
  Place place_ = Place::outside;
  std::set<std::string> names_;  // of the header's entries so far
  std::set<std::string> keys_;   // of the current entry so far
  std::string name_;
  std::string key_;
  SafeTensorsType type_{};
  Shape shape_;
  std::array<std::uint64_t, 2> offsets_{};
  std::vector<std::int64_t> numbers_;
};

// The number of bytes of a tensor in the file; nothing where the tensor's own exceed 2^63 - 1.
std::optional<std::uint64_t> checked_bytes(const SafeTensorsEntry& entry) {
  const auto element_bytes = static_cast<std::int64_t>(size_of(entry.dtype));
  const std::int64_t count = entry.shape.numel();
  if (count > kLargestNumber / element_bytes) return std::nullopt;
  return static_cast<std::uint64_t>(count * (entry.half == Half::none ? element_bytes : 2));
}

// "float32", "F16"
std::string type_name(const SafeTensorsEntry& entry) {
  if (entry.half == Half::none) return to_string(entry.dtype);
  return entry.half == Half::float16 ? "F16" : "BF16";
}

// Sorts the entries by position and checks that they fit their shapes and cover the data exactly.
void check_layout(const std::string& path, std::uint64_t data_start, std::uint64_t data_bytes,
                  std::vector<SafeTensorsEntry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t covered = 0;
  for (const SafeTensorsEntry& entry : entries) {
    const std::string tensor = "tensor " + shown(entry.name);
    const std::string range = fmt::format("[{}, {})", entry.begin, entry.end);
    const std::string shape = entry.shape.to_string();
    const std::optional<std::uint64_t> bytes = checked_bytes(entry);
    if (!bytes) {
      throw FileError(
          path, fmt::format("{} of shape {} has more elements than can be counted", tensor, shape));
    }
    if (entry.end < entry.begin || entry.end - entry.begin != *bytes) {
      throw FileError(
          path, fmt::format("{} of type {} and shape {} needs {} bytes, its data_offsets are {}",
                            tensor, type_name(entry), shape, *bytes, range));
    }
    if (entry.begin != covered) {
      throw FileError(
          path,
          fmt::format("{} at the bytes {} of the data {} the one before, which ends at {}", tensor,
                      range, entry.begin < covered ? "overlaps" : "leaves a gap after", covered));
    }
    if (entry.end > data_bytes) {
      throw FileError(path, data_start + data_bytes,
                      fmt::format("the file ends, expected {} at the bytes {} of the data, which "
                                  "begin at byte {}",
                                  tensor, range, data_start));
    }
    covered = entry.end;
  }
  if (covered != data_bytes) {
    throw FileError(path, data_start + covered,
                    fmt::format("the file goes on for {} bytes, expected its end after the last "
                                "tensor",
                                data_bytes - covered));
  }
}

}  // namespace

SafeTensorsHeader parse_safetensors_header(const std::string& path, std::string_view text,
                                           std::uint64_t data_bytes) {
  // The parser would also skip a byte order mark.
  if (!text.substr(std::min(text.find_first_not_of(kJsonSpace), text.size())).starts_with('{')) {
    throw FileError(path, kSafeTensorsSizeBytes, "the header does not begin with {");
  }
  // The parser would treat a zero byte as the end of its input and ignore what follows.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    throw FileError(path, kSafeTensorsSizeBytes + zero, "a zero byte in the header");
  }
  Reader reader(path);
  json::sax_parse(text, &reader);
  SafeTensorsHeader header = reader.take();
  check_layout(path, kSafeTensorsSizeBytes + text.size(), data_bytes, header.entries);
  return header;
}

std::string format_safetensors_header(const SafeTensorsHeader& header) {
  // Only texts are made JSON values: the destructor of an array or object of this library asks for
  // memory, and ends the program where there is none.
  const auto quoted = [](const std::string& text) { return json(text).dump(); };
  std::string text = "{";
  try {
    if (!header.metadata.empty()) {
      std::string entries;
      for (const auto& [key, value] : header.metadata) {
        entries += fmt::format("{}{}:{}", entries.empty() ? "" : ",", quoted(key), quoted(value));
      }
      text += fmt::format(R"("{}":{{{}}},)", kSafeTensorsMetadata, entries);
    }
    for (const SafeTensorsEntry& entry : header.entries) {
      const auto* type = std::find_if(
          kSafeTensorsTypes.begin(), kSafeTensorsTypes.end(),
          [&](const SafeTensorsType& candidate) { return candidate.dtype == entry.dtype; });
      text += fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}},)",
                          quoted(entry.name), type->name,
                          fmt::join(entry.shape.begin(), entry.shape.end(), ","), entry.begin,
                          entry.end);
    }
  } catch (const json::type_error&) {
    throw ValueError("[save_safetensors] names and metadata must be UTF-8");
  }
  if (text.back() == ',') text.pop_back();
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace credence::io

// The JSON header of a safetensors file: what load_safetensors and save_safetensors share.
#pragma once

#include "framework/base/dtype.hpp"
#include "framework/core/shape.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace credence::io {

/// Of the header's JSON in bytes, padding included; larger ones are refused by every reader.
inline constexpr std::uint64_t kLargestSafeTensorsHeader = 100'000'000;
/// Bytes of the header size that a file begins with.
inline constexpr std::uint64_t kSafeTensorsSizeBytes = 8;
/// The header's entry that is no tensor.
inline constexpr std::string_view kSafeTensorsMetadata = "__metadata__";

struct SafeTensorsType {
  DType dtype;
  std::string_view name;
};
/// The types that Credence has, in the order in which their elements stand in a file.
inline constexpr std::array<SafeTensorsType, 5> kSafeTensorsTypes{{{DType::int64, "I64"},
                                                                   {DType::float64, "F64"},
                                                                   {DType::float32, "F32"},
                                                                   {DType::int32, "I32"},
                                                                   {DType::uint8, "U8"}}};

/// A tensor's entry; its elements are the bytes [begin, end) after the header.
struct SafeTensorsEntry {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafeTensorsHeader {
  std::vector<SafeTensorsEntry> entries;  ///< in the order of their elements
  std::map<std::string, std::string> metadata;
};

/// Reads the JSON of a header that `data_bytes` bytes of elements follow. Throws FileError, naming
/// `path`, unless it keeps to the format and its entries cover those bytes exactly.
SafeTensorsHeader parse_safetensors_header(const std::string& path, std::string_view text,
                                           std::uint64_t data_bytes);

/// The JSON of a header, padded with spaces to a multiple of 8 bytes. Throws ValueError for text
/// that is not UTF-8.
std::string format_safetensors_header(const SafeTensorsHeader& header);

}  // namespace credence::io

// The JSON header of a safetensors file, which load_safetensors and save_safetensors share.
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

/// The largest header in bytes, padding included. The format's own library refuses larger ones too.
inline constexpr std::uint64_t kLargestSafeTensorsHeader = 100'000'000;
/// The number of bytes of the header size at the start of a file.
inline constexpr std::uint64_t kSafeTensorsSizeBytes = 8;
/// The name of the header's entry that is not a tensor.
inline constexpr std::string_view kSafeTensorsMetadata = "__metadata__";

/// The white space of JSON. Writers put it behind a header, or in front, to align the elements; the
/// format's own library reads both, although its text has `{` first.
inline constexpr std::string_view kJsonSpace = " \t\r\n";

/// How a file stores the elements of float32 tensors: as they are, or in 16 bits.
enum class Half : std::uint8_t { none, float16, bfloat16 };

/// An element type and its name in a header.
struct SafeTensorsType {
  DType dtype;  ///< of the tensor
  std::string_view name;
  Half half = Half::none;
};
/// The supported types. Those that are written come first, in the order of their tensors in a file;
/// the others are only read.
inline constexpr std::array<SafeTensorsType, 7> kSafeTensorsTypes{
    {{DType::int64, "I64"},
     {DType::float64, "F64"},
     {DType::float32, "F32"},
     {DType::int32, "I32"},
     {DType::uint8, "U8"},
     {DType::float32, "F16", Half::float16},
     {DType::float32, "BF16", Half::bfloat16}}};

/// The entry of a tensor. Its elements are the bytes [begin, end) after the header.
struct SafeTensorsEntry {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  Half half = Half::none;  ///< of a file that is read
};

/// The content of a header.
struct SafeTensorsHeader {
  std::vector<SafeTensorsEntry> entries;  ///< in the order of their elements
  std::map<std::string, std::string> metadata;
};

/// Parses a header that is followed by `data_bytes` bytes of elements. Throws FileError that names
/// `path` unless the header follows the format and its entries cover these bytes exactly.
SafeTensorsHeader parse_safetensors_header(const std::string& path, std::string_view text,
                                           std::uint64_t data_bytes);

/// The JSON of a header, padded with spaces to a multiple of 8 bytes. Throws ValueError for text
/// that is not UTF-8.
std::string format_safetensors_header(const SafeTensorsHeader& header);

}  // namespace credence::io

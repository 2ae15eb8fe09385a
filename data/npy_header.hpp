// The header of NPY files: a magic text, a version, and a dictionary in the syntax of Python's
// literals that says type, order and shape of the elements behind it. Format:
// numpy.lib.format's description, versions 1.0 to 3.0.
#pragma once

#include "framework/core/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace credence::data {

/// The type of the elements as the file has them, "<f4" for example.
struct NpyType {
  char kind = 'f';          ///< 'b' boolean, 'i' signed, 'u' unsigned, 'f' floating point
  std::size_t size = 4;     ///< bytes of an element
  bool big_endian = false;  ///< false for one byte
  std::string text{};       ///< as it is in the file
};

struct NpyHeader {
  NpyType type{};
  bool fortran_order = false;  ///< whether the first dimension is the fastest
  Shape shape{};
};

/// What a file begins with: "\x93NUMPY", the major and the minor version (a byte each), and the
/// length of the dictionary's text (little-endian, 2 bytes in version 1, else 4).
inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

/// Longer dictionaries are refused, as NumPy refuses them.
inline constexpr std::uint64_t kLongestNpyHeader = 10000;

/// Reads the dictionary, {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with spaces
/// and a line feed behind it. It begins at byte `offset` of the file of this name. Exactly these
/// keys are expected, in any order. Throws FileError, with the byte, for any other text, for
/// elements that are no numbers or complex ones, and for a shape that no tensor can have.
NpyHeader parse_npy_header(const std::string& name, std::string_view text, std::uint64_t offset);

/// The bytes before the elements of a file in version 1.0 and C order, a multiple of 64.
/// `descr` is "<f4" for example.
std::string npy_head(std::string_view descr, const Shape& shape);

}  // namespace credence::data

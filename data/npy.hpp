// NumPy's array files: NPY (numpy.save) in the versions 1.0 to 3.0.
#pragma once

#include "data/byte_source.hpp"
#include "framework/core/tensor.hpp"

#include <cstdint>
#include <filesystem>

namespace credence::data {

/// How large an array may be.
struct NpyOptions {
  /// The most bytes of the elements in the file. A tensor of them has up to eight times as many.
  std::uint64_t most_bytes = std::uint64_t{1} << 36;
};

/// Reads an array, in either order of bytes and of dimensions, as a tensor in row-major order. No
/// number is changed. The element types are
///   uint8, bool (0 and 1) -> uint8
///   int8, int16, int32, int64, uint16, uint32, uint64 -> int64
///   float16, float32 -> float32
///   float64 -> float64
/// The file may be in gzip format. It is checked that it has as many bytes as the header says
/// before memory for them is taken.
///
/// Throws FileError with the byte where the file is no NPY file, is cut short or goes on behind the
/// array; where its elements are something else (objects, complex numbers, texts, dates, records,
/// other sizes of floating-point numbers), are more bytes than the options say, or have a shape of
/// more than 8 dimensions; for a uint64 above 2^63 − 1, and a boolean that is neither 0 nor 1.
/// Nothing in such a file is run.
Tensor read_npy(const std::filesystem::path& path, const NpyOptions& options = {});

/// The same for an array anywhere.
Tensor read_npy(const ByteSource& source, const NpyOptions& options = {});

/// Writes a tensor, from any device, in version 1.0 and row-major order, little-endian, replacing
/// the file in one step (io::write_file_atomically). numpy.load gives an array of the same type,
/// shape and bits. Throws FileError where that fails.
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace credence::data

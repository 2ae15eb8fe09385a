// Writers of PNG, BMP and JPEG files for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <zlib.h>

namespace credence::test {

inline std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 255U);
  return bytes;
}

inline std::string little_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255U);
  return text;
}

inline std::string png_chunk(const std::string& type, const std::string& contents) {
  const std::string checked = type + contents;
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return big_endian(static_cast<std::uint32_t>(contents.size())) + checked +
         big_endian(static_cast<std::uint32_t>(sum));
}

/// PNG's colour types.
enum class PngColour : char { grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgb_alpha = 6 };

/// The content of a PNG file. `samples` are row by row as they are packed, without the filter
/// bytes.
struct Png {
  std::uint32_t width;
  std::uint32_t height;
  PngColour colour;
  std::string samples;
  char bit_depth = 8;
  std::string palette{};
  std::string transparency{};  ///< contents of a tRNS chunk
};

/// The bytes as a zlib stream, as PNG packs them.
inline std::string zlib_stream(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
  packed.resize(size);
  return packed;
}

inline std::string png_file(const Png& png) {
  std::string rows;
  const std::size_t row_bytes = png.samples.size() / png.height;
  for (std::size_t row = 0; row < png.height; ++row) {
    rows += '\0' + png.samples.substr(row * row_bytes, row_bytes);
  }
  const std::string packed = zlib_stream(rows);
  std::string file = "\x89PNG\r\n\x1A\n";
  file += png_chunk("IHDR", big_endian(png.width) + big_endian(png.height) + png.bit_depth +
                                static_cast<char>(png.colour) + std::string(3, '\0'));
  if (!png.palette.empty()) file += png_chunk("PLTE", png.palette);
  if (!png.transparency.empty()) file += png_chunk("tRNS", png.transparency);
  return file + png_chunk("IDAT", packed) + png_chunk("IEND", "");
}

/// A BMP file of 24 bits a pixel, rows from bottom to top. `pixels` as RGB, from top to bottom.
inline std::string bmp_file(std::uint32_t width, std::uint32_t height, const std::string& pixels) {
  std::string rows;
  for (std::size_t row = height; row > 0; --row) {
    for (std::size_t column = 0; column < width; ++column) {
      const std::size_t pixel = 3 * ((row - 1) * width + column);
      for (const std::size_t channel : {2U, 1U, 0U}) rows += pixels[pixel + channel];
    }
    rows.resize((rows.size() + 3) / 4 * 4);
  }
  constexpr std::uint32_t kHeaders = 54;
  return "BM" + little_endian(kHeaders + static_cast<std::uint32_t>(rows.size()), 4) +
         little_endian(0, 4) + little_endian(kHeaders, 4) + little_endian(40, 4) +
         little_endian(width, 4) + little_endian(height, 4) + little_endian(1, 2) +
         little_endian(24, 2) + std::string(24, '\0') + rows;
}

/// A BMP file with 32 bits for each pixel: one row of pixels as BGR and a fourth byte. With `masks`
/// it has a BITMAPV4HEADER in which the fourth byte is alpha, else a BITMAPINFOHEADER.
inline std::string bmp_row_of_32_bits(const std::string& pixels, bool masks) {
  const std::uint32_t header = masks ? 108 : 40;
  std::string file = "BM" + little_endian(14 + header, 4) + little_endian(0, 4) +
                     little_endian(14 + header, 4) + little_endian(header, 4) +
                     little_endian(static_cast<std::uint32_t>(pixels.size() / 4), 4) +
                     little_endian(1, 4) + little_endian(1, 2) + little_endian(32, 2) +
                     little_endian(masks ? 3 : 0, 4) + std::string(20, '\0');
  if (masks) {
    for (const std::uint32_t mask : {0x00FF0000U, 0x0000FF00U, 0x000000FFU, 0xFF000000U}) {
      file += little_endian(mask, 4);
    }
    file += "BGRs" + std::string(48, '\0');
  }
  return file + pixels;
}

/// The JPEG file, by stb_image_write, of a picture in RGB.
std::string jpeg_file(int width, int height, const std::string& pixels, int quality = 95);

}  // namespace credence::test

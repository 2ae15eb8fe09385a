#include "data/image_file.hpp"

#include "data/image_integrity.hpp"
#include "data/resize.hpp"
#include "framework/core/error.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_ONLY_BMP
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#include <stb/stb_image.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
constexpr std::int64_t kMaxPixels = std::int64_t{1} << 27;
// 1 bit a pixel, packed by DEFLATE at its best.
constexpr std::int64_t kMaxPixelsPerByte = 8 * 1032;

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::error_code failure;
  if (fs::exists(path, failure) && !fs::is_regular_file(path, failure)) {
    throw FileError(path, 0, "is not a regular file, expected a picture");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw FileError(path, 0,
                    fmt::format("cannot be opened: {}, expected a picture", std::strerror(errno)));
  }
  const std::uint64_t size = fs::file_size(path, failure);
  if (failure) throw FileError(path, failure.message());
  if (size > kMaxFileBytes) {
    throw FileError(path,
                    fmt::format("{} bytes, expected a picture of at most {}", size, kMaxFileBytes));
  }
  std::vector<std::uint8_t> bytes(size);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!file) throw FileError(path, static_cast<std::uint64_t>(file.gcount()), "cannot be read");
  return bytes;
}

// A decoded picture: pixels row by row, the channels of a pixel side by side.
struct Picture {
  std::unique_ptr<stbi_uc, void (*)(void*)> pixels;
  std::int64_t height;
  std::int64_t width;
  std::int64_t channels;  // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
};

[[noreturn]] void throw_undecodable(const std::string& path) {
  throw FileError(path, fmt::format("cannot be decoded ({}), expected a PNG, JPEG or BMP picture",
                                    stbi_failure_reason()));
}

Picture decode(const std::string& path) {
  const auto bytes = read_file(path);
  check_image_integrity(path, bytes);
  const auto size = static_cast<int>(bytes.size());
  int width = 0;
  int height = 0;
  int channels = 0;
  if (stbi_info_from_memory(bytes.data(), size, &width, &height, &channels) == 0) {
    throw_undecodable(path);
  }
  const std::int64_t pixels = std::int64_t{width} * height;
  if (pixels > kMaxPixels || pixels / kMaxPixelsPerByte > size) {
    throw FileError(path, fmt::format("{} x {} pixels in a file of {} bytes, expected at most {} "
                                      "and no more than so small a file can hold",
                                      height, width, size, kMaxPixels));
  }
  stbi_uc* decoded = stbi_load_from_memory(bytes.data(), size, &width, &height, &channels, 0);
  if (decoded == nullptr) throw_undecodable(path);
  return {{decoded, &stbi_image_free}, height, width, channels};
}

// One channel of the picture in the colours asked for.
std::vector<std::uint8_t> plane_of(const Picture& picture, std::int64_t channel, bool grey) {
  const auto count = static_cast<std::size_t>(picture.height * picture.width);
  const auto step = static_cast<std::size_t>(picture.channels);
  const bool colour = picture.channels >= 3;
  std::vector<std::uint8_t> plane(count);
  const stbi_uc* pixel = picture.pixels.get();
  for (std::size_t i = 0; i < count; ++i, pixel += step) {
    if (colour && grey) {
      // The weights in units of 2^-16; they add up to 1.
      plane[i] = static_cast<std::uint8_t>(
          (19595U * pixel[0] + 38470U * pixel[1] + 7471U * pixel[2] + 32768U) >> 16);
    } else {
      plane[i] = pixel[colour ? channel : 0];
    }
  }
  return plane;
}

}  // namespace

Tensor read_image(const fs::path& path, std::int64_t height, std::int64_t width,
                  std::int64_t channels) {
  if (height < 1 || width < 1 || (channels != 1 && channels != 3)) {
    throw ValueError(
        fmt::format("[image] {} x {} pixels of {} channels asked for, expected at "
                    "least 1 x 1 and 1 or 3 channels",
                    height, width, channels));
  }
  Tensor image = Tensor::empty({channels, height, width}, DType::uint8);
  const Picture picture = decode(path.string());
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    const auto plane = plane_of(picture, channel, channels == 1);
    resize_plane(plane.data(), picture.height, picture.width,
                 image.data<std::uint8_t>() + channel * height * width, height, width);
  }
  return image;
}

}  // namespace credence::data

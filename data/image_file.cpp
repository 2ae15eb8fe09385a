// Decoding pictures with stb_image: limits of size, transparency, grey and resizing.
#include "data/image_file.hpp"

#include "data/image_integrity.hpp"
#include "data/pixel.hpp"
#include "data/resize.hpp"
#include "framework/base/error.hpp"
#include "framework/io/input_file.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_ONLY_BMP
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
// Where a JPEG file's codes end too early, stb_image shifts by 32 places and gets a wrong colour. The
// sanitizers' shift check would end the program there.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("shift"))), apply_to = function)
#endif
#include <stb/stb_image.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxPixels = std::uint64_t{1} << 27;
constexpr std::uint64_t kMaxSide = std::uint64_t{1} << 24;  // stb_image's own limit

// A decoded picture: samples row by row, those of a pixel side by side.
template <class Sample>
struct Picture {
  std::unique_ptr<Sample, void (*)(void*)> samples;
  std::int64_t height;
  std::int64_t width;
  std::int64_t channels;  // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
};

void check_size(const std::string& path, const ImageHeader& header, std::uint64_t file_bytes) {
  if (header.width == 0 || header.height == 0) {
    throw FileError(path,
                    fmt::format("has {} x {} pixels (width x height), expected at least 1 x 1",
                                header.width, header.height));
  }
  // A division, because the product may overflow.
  if (header.width > kMaxPixels / header.height || header.width > kMaxSide ||
      header.height > kMaxSide) {
    throw FileError(path, fmt::format("too many pixels: {} x {} (width x height), expected at most "
                                      "{} in all and {} on a side",
                                      header.width, header.height, kMaxPixels, kMaxSide));
  }
  const std::uint64_t pixels = header.width * header.height;
  if (pixels / header.pixels_per_byte > file_bytes) {
    throw FileError(path, fmt::format("{} x {} pixels (width x height) in a file of {} bytes, "
                                      "expected at most {} in so small a file",
                                      header.width, header.height, file_bytes,
                                      file_bytes * header.pixels_per_byte));
  }
}

template <class Sample>
Picture<Sample> decode(const std::string& path, std::span<const std::uint8_t> bytes) {
  int width = 0;
  int height = 0;
  int channels = 0;
  const auto load = [&] {
    const auto size = static_cast<int>(bytes.size());
    if constexpr (sizeof(Sample) == 1) {
      return stbi_load_from_memory(bytes.data(), size, &width, &height, &channels, 0);
    } else {
      return stbi_load_16_from_memory(bytes.data(), size, &width, &height, &channels, 0);
    }
  };
  std::unique_ptr<Sample, void (*)(void*)> samples{load(), &stbi_image_free};
  if (samples == nullptr) {
    throw FileError(path, fmt::format("cannot be decoded ({}), expected a PNG, JPEG or BMP picture",
                                      stbi_failure_reason()));
  }
  return {std::move(samples), height, width, channels};
}

// The step of a sample that corresponds to one step of a byte.
template <class Sample>
constexpr std::uint64_t kUnit = std::numeric_limits<Sample>::max() / 255;

template <class Sample>
std::uint8_t byte_of(Sample value) {
  return static_cast<std::uint8_t>((value + kUnit<Sample> / 2) / kUnit<Sample>);
}

// αc + (1 − α)b as a byte, rounded to the nearest.
template <class Sample>
std::uint8_t over(Sample value, Sample alpha, std::uint8_t background) {
  constexpr std::uint64_t kFull = std::numeric_limits<Sample>::max();
  constexpr std::uint64_t kDivisor = kFull * kUnit<Sample>;
  const std::uint64_t sum =
      std::uint64_t{alpha} * value + (kFull - alpha) * background * kUnit<Sample>;
  return static_cast<std::uint8_t>((sum + kDivisor / 2) / kDivisor);
}

// One channel of the picture: grey, red, green or blue.
template <class Sample>
std::vector<std::uint8_t> plane_of(const Picture<Sample>& picture, std::int64_t channel, bool grey,
                                   const Colour& background) {
  const auto count = static_cast<std::size_t>(picture.height * picture.width);
  const auto step = static_cast<std::size_t>(picture.channels);
  const bool colour = picture.channels >= 3;
  const bool transparent = picture.channels % 2 == 0;
  const std::array<std::uint8_t, 3> behind{background.red, background.green, background.blue};
  std::vector<std::uint8_t> plane(count);
  const Sample* pixel = picture.samples.get();
  const auto sample = [&](std::size_t c) {
    const Sample value = pixel[colour ? c : 0];
    return transparent ? over(value, pixel[step - 1], behind[c]) : byte_of(value);
  };
  for (std::size_t i = 0; i < count; ++i, pixel += step) {
    if (grey && (colour || transparent)) {
      plane[i] = grey_of(sample(0), sample(1), sample(2));
    } else {
      plane[i] = sample(static_cast<std::size_t>(channel));
    }
  }
  return plane;
}

template <class Sample>
void fill(const Tensor& image, const Picture<Sample>& picture, const Colour& background) {
  const Shape& shape = image.shape();
  const std::int64_t plane_size = shape[1] * shape[2];
  for (std::int64_t channel = 0; channel < shape[0]; ++channel) {
    const auto plane = plane_of(picture, channel, shape[0] == 1, background);
    resize_plane(plane.data(), picture.height, picture.width,
                 image.data<std::uint8_t>() + channel * plane_size, shape[1], shape[2]);
  }
}

}  // namespace

Tensor read_image(const fs::path& path, std::int64_t height, std::int64_t width,
                  std::int64_t channels, const Colour& background) {
  if (height < 1 || width < 1 || (channels != 1 && channels != 3)) {
    throw ValueError(
        fmt::format("[image] {} x {} pixels of {} channels asked for, expected at "
                    "least 1 x 1 and 1 or 3 channels",
                    height, width, channels));
  }
  Tensor image = Tensor::empty({channels, height, width}, DType::uint8);
  const std::string name = path.string();
  const std::string file = io::read_file(path, "a picture", kMaxFileBytes);
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  const ImageHeader header = check_image_integrity(name, bytes);
  check_size(name, header, bytes.size());
  if (header.bits == 16) {
    fill(image, decode<std::uint16_t>(name, bytes), background);
  } else {
    fill(image, decode<std::uint8_t>(name, bytes), background);
  }
  return image;
}

}  // namespace credence::data

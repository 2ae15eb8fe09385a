// Corruptions of sets of images: names, levels, and the loop over images.
#include "data/corruption.hpp"

#include "data/corruption/blur.hpp"
#include "data/corruption/levels.hpp"
#include "data/corruption/noise.hpp"
#include "data/corruption/pixelate.hpp"
#include "data/corruption/tone.hpp"
#include "data/rotation.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace credence::data {
namespace {

// The parameter of a level for images with this number of channels.
template <class Parameter>
const Parameter& at_level(const corruption_levels::Levels<Parameter>& levels, int level,
                          std::int64_t channels) {
  const auto& values = channels == 1 ? levels.grey : levels.colour;
  return values.at(static_cast<std::size_t>(level - 1));
}

// The corruption for images of one shape. Rotation has none: data::rotate takes whole sets.
ImageFunction prepare(Corruption corruption, int level, const ImageShape& shape) {
  namespace levels = corruption_levels;
  const auto of = [&](const auto& parameters) {
    return at_level(parameters, level, shape.channels);
  };
  switch (corruption) {
    case Corruption::gaussian_noise:
      return gaussian_noise(shape, of(levels::kGaussianNoise));
    case Corruption::shot_noise:
      return shot_noise(shape, of(levels::kShotNoise));
    case Corruption::impulse_noise:
      return impulse_noise(shape, of(levels::kImpulseNoise));
    case Corruption::speckle_noise:
      return speckle_noise(shape, of(levels::kSpeckleNoise));
    case Corruption::gaussian_blur:
      return gaussian_blur(shape, of(levels::kGaussianBlur));
    case Corruption::defocus_blur:
      return defocus_blur(shape, of(levels::kDefocusBlur));
    case Corruption::zoom_blur:
      return zoom_blur(shape, of(levels::kZoomBlur));
    case Corruption::brightness:
      return brightness(shape, of(levels::kBrightness));
    case Corruption::contrast:
      return contrast(shape, of(levels::kContrast));
    case Corruption::pixelate:
      return pixelate(shape, of(levels::kPixelate));
    case Corruption::rotation:
      break;
  }
  throw ValueError(
      fmt::format("[corrupt] {} does not work on single images", to_string(corruption)));
}

}  // namespace

const char* to_string(Corruption corruption) {
  constexpr std::array<const char*, kCorruptions.size()> kNames{
      "gaussian-noise", "shot-noise",   "impulse-noise", "speckle-noise",
      "gaussian-blur",  "defocus-blur", "zoom-blur",     "brightness",
      "contrast",       "pixelate",     "rotation"};
  return kNames.at(static_cast<std::size_t>(corruption));
}

Corruption parse_corruption(std::string_view name) {
  std::string wanted(name);
  std::replace(wanted.begin(), wanted.end(), '_', '-');
  std::string names;
  for (const Corruption corruption : kCorruptions) {
    if (wanted == to_string(corruption)) return corruption;
    names += names.empty() ? "" : ", ";
    names += to_string(corruption);
  }
  throw ValueError(fmt::format("[corruption] \"{}\" is none, expected one of {}", name, names));
}

Tensor corrupt(const Tensor& images, Corruption corruption, int level, const Generator& generator) {
  if (!images.defined() || images.dtype() != DType::uint8 || images.shape().rank() != 4) {
    throw ShapeError(fmt::format("[corrupt] images must be uint8 [N, C, H, W], found {}",
                                 images.defined() ? fmt::format("{} {}", to_string(images.dtype()),
                                                                images.shape().to_string())
                                                  : "none"));
  }
  if (level < 1 || level > kCorruptionLevels) {
    throw ValueError(fmt::format("[corrupt] level {} of {}, expected 1 to {}", level,
                                 to_string(corruption), kCorruptionLevels));
  }
  const Tensor clean = images.to(Device::cpu);
  const Shape& extents = clean.shape();
  if (corruption == Corruption::rotation) {
    return rotate(clean, at_level(corruption_levels::kRotation, level, extents[1]));
  }
  Tensor result = Tensor::empty_like(clean);
  if (clean.numel() == 0) return result;
  const ImageShape shape{extents[1], extents[2], extents[3]};
  const ImageFunction function = prepare(corruption, level, shape);
  const std::uint64_t key = generator.split("corruption").split(to_string(corruption)).key();
  const auto* from = clean.data<std::uint8_t>();
  auto* to = result.data<std::uint8_t>();
  constexpr std::int64_t kImagesPerTask = 8;
  parallel_for(extents[0], kImagesPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const RandomStream random{key, static_cast<std::uint64_t>(i)};
      function(from + i * shape.numel(), random, to + i * shape.numel());
    }
  });
  return result;
}

Dataset corrupt(const Dataset& dataset, Corruption corruption, int level,
                const Generator& generator) {
  Dataset corrupted = dataset;
  corrupted.name = fmt::format("{} ({}, level {})", dataset.name, to_string(corruption), level);
  corrupted.inputs = corrupt(dataset.inputs, corruption, level, generator);
  return corrupted;
}

}  // namespace credence::data

// Noises: normal, Poisson, salt and pepper.
#include "data/corruption/noise.hpp"

#include "data/pixel.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/formulas/noise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace credence::data {
namespace {

// byte + deviations[byte] · ε
ImageFunction normal_noise(const ImageShape& shape, const std::array<float, 256>& deviations) {
  const std::int64_t count = shape.numel();
  return [count, deviations](const std::uint8_t* image, const RandomStream& random,
                             std::uint8_t* corrupted) {
    std::vector<float> noise(static_cast<std::size_t>(count));
    kernels<float>(Device::cpu).normal(random, count, noise.data());
    std::transform(
        image, image + count, noise.begin(), corrupted, [&](std::uint8_t byte, float normal) {
          return to_byte(formulas::AddNoise{}(static_cast<float>(byte), deviations[byte], normal));
        });
  };
}

// The distribution functions of the Poisson numbers of mean photons · byte / 255, for each byte:
// row `byte` has P(K ≤ k) for k = 0…columns − 1. Larger numbers are brighter than white.
class PoissonTable {
 public:
  explicit PoissonTable(double photons)
      : columns_(static_cast<std::size_t>(std::ceil(photons))), cumulative_(256 * columns_) {
    auto entry = cumulative_.begin();
    for (int byte = 0; byte < 256; ++byte) {
      const double mean = photons * byte / 255.0;
      double probability = std::exp(-mean);
      double sum = 0.0;
      for (std::size_t k = 0; k < columns_; ++k) {
        sum += probability;
        *entry++ = sum;
        probability *= mean / static_cast<double>(k + 1);
      }
    }
  }

  std::size_t columns() const { return columns_; }

  // The least k with uniform < P(K ≤ k), at most `columns`.
  std::size_t number(std::uint8_t byte, double uniform) const {
    const double* row = cumulative_.data() + byte * columns_;
    return static_cast<std::size_t>(std::upper_bound(row, row + columns_, uniform) - row);
  }

 private:
  std::size_t columns_;
  std::vector<double> cumulative_;
};

}  // namespace

ImageFunction gaussian_noise(const ImageShape& shape, double deviation) {
  std::array<float, 256> deviations{};
  deviations.fill(static_cast<float>(255.0 * deviation));
  return normal_noise(shape, deviations);
}

ImageFunction speckle_noise(const ImageShape& shape, double relative_deviation) {
  std::array<float, 256> deviations{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    deviations[byte] = static_cast<float>(static_cast<double>(byte) * relative_deviation);
  }
  return normal_noise(shape, deviations);
}

ImageFunction shot_noise(const ImageShape& shape, double photons) {
  const PoissonTable table(photons);
  std::vector<std::uint8_t> bytes;
  for (std::size_t k = 0; k <= table.columns(); ++k) {
    bytes.push_back(to_byte(static_cast<float>(255.0 * static_cast<double>(k) / photons)));
  }
  return [count = shape.numel(), table, bytes](
             const std::uint8_t* image, const RandomStream& random, std::uint8_t* corrupted) {
    for (std::int64_t i = 0; i < count; ++i) {
      const double uniform = (random.bits(i) + 0.5) * 0x1p-32;
      corrupted[i] = bytes[table.number(image[i], uniform)];
    }
  };
}

ImageFunction impulse_noise(const ImageShape& shape, double share) {
  // 31 bits decide whether a value is replaced, the last one by what. A value that is replaced is
  // thus replaced by the same at every higher level.
  const auto bound = static_cast<std::uint32_t>(std::lround(share * 0x1p31));
  return [count = shape.numel(), bound](const std::uint8_t* image, const RandomStream& random,
                                        std::uint8_t* corrupted) {
    for (std::int64_t i = 0; i < count; ++i) {
      const std::uint32_t bits = random.bits(i);
      const std::uint8_t impulse = (bits & 1U) != 0 ? 255 : 0;
      corrupted[i] = bits >> 1 < bound ? impulse : image[i];
    }
  };
}

}  // namespace credence::data

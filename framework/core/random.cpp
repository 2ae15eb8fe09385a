// Normal numbers from Philox words (Box and Muller's transform), and the derivation of keys.
#include "framework/core/random.hpp"

#include <cmath>
#include <numbers>

namespace credence {
namespace {

// A hash of key, number and domain. It uses the Philox block function, every output bit of which
// depends on every input bit.
std::uint64_t mix(std::uint64_t key, std::uint64_t number, std::uint32_t domain) {
  const auto block =
      philox4x32({static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32),
                  domain, 0x43524544U},
                 {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
  return (std::uint64_t{block[1]} << 32) | block[0];
}

constexpr std::uint32_t kNameDomain = 1;
constexpr std::uint32_t kNumberDomain = 2;

}  // namespace

double RandomStream::normal(std::int64_t element) const {
  const auto index = static_cast<std::uint64_t>(offset + element);
  const auto words = block(index / 64 * 16 + index % 16);
  const auto word = static_cast<std::size_t>(index % 64 / 16);
  const std::size_t pair = word / 2 * 2;
  // 23 and 24 bits keep both uniform numbers exact in float32, which the vector kernels use. The
  // added half keeps the argument of the logarithm above zero.
  const double radius_uniform = ((words[pair] >> 9) + 0.5) * 0x1p-23;
  const double turn = (words[pair + 1] >> 8) * 0x1p-24;
  const double radius = std::sqrt(-2.0 * std::log(radius_uniform));
  const double angle = 2.0 * std::numbers::pi * turn;
  return radius * (word % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

Generator Generator::split(std::string_view name) const {
  std::uint64_t key = key_;
  for (const char character : name) {
    key = mix(key, static_cast<unsigned char>(character), kNameDomain);
  }
  return Generator(mix(key, name.size(), kNameDomain));
}

Generator Generator::split(std::uint64_t number) const {
  return Generator(mix(key_, number, kNumberDomain));
}

}  // namespace credence

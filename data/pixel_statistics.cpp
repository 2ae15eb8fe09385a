// Mean and standard deviation from the counts of the 256 bytes.
#include "data/pixel_statistics.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace credence::data {
namespace {

using Counts = std::array<std::int64_t, 256>;

// Σ f(byte), exactly for f(byte) = byte and byte².
template <class F>
std::int64_t sum(const Counts& counts, F f) {
  std::int64_t total = 0;
  for (std::int64_t byte = 0; byte < std::ssize(counts); ++byte) {
    total += counts[static_cast<std::size_t>(byte)] * f(byte);
  }
  return total;
}

}  // namespace

Normalize pixel_statistics(const Dataset& dataset, std::span<const std::int64_t> indices) {
  if (!dataset.has_images()) {
    throw ValueError("[pixel_statistics] " + dataset.name + " has no images");
  }
  if (indices.empty()) throw ValueError("[pixel_statistics] no images of " + dataset.name);
  require_indices(indices, dataset.size());
  const Shape& shape = dataset.inputs.shape();
  const std::int64_t plane = shape.numel_from(2);
  std::vector<Counts> counts(static_cast<std::size_t>(shape[1]), Counts{});
  for (const std::int64_t index : indices) {
    const auto* pixel = dataset.inputs.data<std::uint8_t>() + index * shape.numel_from(1);
    for (Counts& channel : counts) {
      for (const auto* const end = pixel + plane; pixel != end; ++pixel) ++channel[*pixel];
    }
  }
  const double number = static_cast<double>(std::ssize(indices)) * static_cast<double>(plane);
  Normalize normalize;
  for (const Counts& channel : counts) {
    const double mean =
        static_cast<double>(sum(channel, [](std::int64_t byte) { return byte; })) / number;
    const double square =
        static_cast<double>(sum(channel, [](std::int64_t byte) { return byte * byte; })) / number;
    const double variance = square - mean * mean;
    const bool constant = std::count(channel.begin(), channel.end(), 0) + 1 == std::ssize(channel);
    normalize.mean.push_back(static_cast<float>(mean / 255));
    normalize.std.push_back(constant ? 1.0F : static_cast<float>(std::sqrt(variance) / 255));
  }
  return normalize;
}

}  // namespace credence::data

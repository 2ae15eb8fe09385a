// The normalisations that models offer as an option.
#pragma once

#include "framework/nn/normalization.hpp"

#include <cstdint>
#include <memory>

namespace credence::zoo {

/// What normalises the output of a convolution. Both kinds are deterministic in both families.
enum class Norm : std::uint8_t {
  none,
  batch,           ///< nn::BatchNorm2d
  filter_response  ///< nn::FilterResponseNorm2d
};

/// The layer that normalises images of so many channels; null for Norm::none.
inline std::unique_ptr<nn::Module> norm2d(Norm norm, std::int64_t channels) {
  switch (norm) {
    case Norm::batch:
      return std::make_unique<nn::BatchNorm2d>(channels);
    case Norm::filter_response:
      return std::make_unique<nn::FilterResponseNorm2d>(channels);
    case Norm::none:
      break;
  }
  return nullptr;
}

}  // namespace credence::zoo

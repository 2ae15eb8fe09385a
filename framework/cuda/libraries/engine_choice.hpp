// The rules for which of cuDNN's engines may compute a convolution. Includes no CUDA header.
#pragma once

#include "framework/cuda/bfloat16.hpp"
#include "framework/device/precision.hpp"

#include <cstdint>
#include <type_traits>

namespace credence::cuda {

/// Whether factors of this type may go through tensor cores, which round float32 to tf32.
template <class T>
constexpr bool may_use_tensor_cores(Precision precision) {
  return std::is_same_v<T, BFloat16> || precision == Precision::tf32;
}

/// How an engine computes, according to the library.
struct EngineNotes {
  bool nondeterministic = false;  ///< may give other bits each time
  bool tensor_cores = false;
  bool rounds_factors = false;  ///< to a smaller type
  bool rounds_sums = false;     ///< to fewer bits than float32
  /// FFT or Winograd's algorithm: errors grow with the largest numbers of a tile, and sums of
  /// squares may become negative.
  bool transforms = false;
};

/// What an engine is allowed.
struct EngineLimits {
  bool tensor_cores = false;  ///< whether it may use them
  std::int64_t workspace_bytes = 0;

  constexpr bool allow(const EngineNotes& notes) const {
    return !notes.nondeterministic && !notes.rounds_factors && !notes.rounds_sums &&
           !notes.transforms && (tensor_cores || !notes.tensor_cores);
  }
  constexpr bool allow_workspace(std::int64_t bytes) const { return bytes <= workspace_bytes; }
};

}  // namespace credence::cuda
